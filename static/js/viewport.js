/** Keeps the composer above the on-screen keyboard where the browser does not do it by itself (iOS). */
export function installViewport() {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const fit = () => {
    const covered = innerHeight - viewport.height * viewport.scale > 80;
    document.getElementById("app").style.height = covered ? `${viewport.height}px` : "";
    if (covered) scrollTo(0, 0);
  };
  viewport.addEventListener("resize", fit);
  fit();
}
