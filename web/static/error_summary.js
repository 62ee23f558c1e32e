// After a mistake the summary of what is wrong is read first.
document.getElementById("error-summary")?.focus();
