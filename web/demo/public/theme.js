// Before anything is painted: the theme that was chosen, or the system's.
(() => {
  const kept = localStorage.getItem("gridline/theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
