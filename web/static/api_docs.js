// Shows the description of the API with the Swagger UI that we serve ourselves.
const docs = document.getElementById("docs");

window.SwaggerUIBundle({
  url: docs.dataset.openapiUrl,
  domNode: docs,
  deepLinking: true,
  // the validator badge would send our address to another site
  validatorUrl: null,
});
