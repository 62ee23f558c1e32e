// Dark where the telephone is set to dark: drivers read at night.
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const set = () => { document.documentElement.dataset.kernTheme = dark.matches ? "dark" : "light"; };
  dark.addEventListener("change", set);
  set();
}
