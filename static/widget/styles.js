/**
 * Styles of the button and the frame. A constructed sheet in a shadow root: the page's rules do not reach it, and a
 * strict style-src does not forbid it. `!important` in here wins over the page's own, whatever that says about `*`.
 */

const RULES = `
:host {
  all: initial !important; display: block !important; position: fixed !important; inset: auto !important;
  width: 0 !important; height: 0 !important; z-index: 2147483000 !important; visibility: visible !important;
  opacity: 1 !important; pointer-events: auto !important; transform: none !important; filter: none !important;
  contain: none !important;
}
@media print { :host { display: none !important; } }
.button {
  all: unset; box-sizing: border-box; position: fixed; bottom: max(20px, env(safe-area-inset-bottom)); z-index: 1;
  display: grid; place-items: center; width: 56px; height: 56px; border-radius: 50%; cursor: pointer;
  background: var(--accent); color: var(--ink); -webkit-tap-highlight-color: transparent;
  box-shadow: 0 1px 3px rgb(0 0 0 / 20%), 0 6px 20px rgb(0 0 0 / 18%); transition: transform 0.16s ease;
}
.right .button { right: max(20px, env(safe-area-inset-right)); }
.left .button { left: max(20px, env(safe-area-inset-left)); }
.button:hover { transform: scale(1.05); }
.button:active { transform: scale(0.97); }
.button:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; box-shadow: 0 0 0 3px #fff; }
.icon { grid-area: 1 / 1; width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; transition: transform 0.16s ease, opacity 0.16s ease; }
.open .bubble, .button:not(.open *) .cross { opacity: 0; transform: rotate(30deg) scale(0.6); }
.badge {
  position: absolute; top: -3px; inset-inline-end: -3px; box-sizing: border-box; min-width: 22px; height: 22px; padding: 0 6px;
  border: 2px solid #fff; border-radius: 11px; background: #c8261b; color: #fff; font: 700 12px/18px system-ui, sans-serif; text-align: center;
}
.badge:empty { display: none; }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.panel {
  position: fixed; bottom: calc(max(20px, env(safe-area-inset-bottom)) + 68px); box-sizing: border-box; overflow: hidden;
  width: min(400px, calc(100vw - 40px)); height: min(640px, calc(100dvh - 112px)); border-radius: 16px;
  background: var(--surface); color-scheme: var(--scheme); visibility: hidden; opacity: 0; transform: translateY(12px);
  box-shadow: 0 0 0 1px rgb(0 0 0 / 8%), 0 12px 48px rgb(0 0 0 / 24%);
  transition: opacity 0.16s ease, transform 0.16s ease, visibility 0s 0.16s;
}
.right .panel { right: max(20px, env(safe-area-inset-right)); }
.left .panel { left: max(20px, env(safe-area-inset-left)); }
.open .panel { visibility: visible; opacity: 1; transform: none; transition: opacity 0.16s ease, transform 0.16s ease; }
.frame { display: block; width: 100%; height: 100%; border: 0; color-scheme: var(--scheme); opacity: 0; transition: opacity 0.12s ease; }
.ready .frame { opacity: 1; }
.waiting { position: absolute; inset: 0; display: flex; flex-direction: column; font: 15px/1.5 system-ui, sans-serif; color: var(--text); pointer-events: none; }
.ready .waiting { display: none; }
.head { box-sizing: border-box; height: 56px; flex: none; padding: 17px 16px; overflow: hidden; background: var(--accent); color: var(--ink); font: 600 16px/22px system-ui, sans-serif; white-space: nowrap; text-overflow: ellipsis; }
.bone { height: 12px; margin: 24px 16px 0; border-radius: 6px; background: var(--bone); animation: breathe 1.6s ease-in-out infinite; }
.bone + .bone { width: 60%; margin-top: 14px; }
.failed .bones, .failure { display: none; }
.failed .waiting { pointer-events: auto; }
.failed .failure { display: block; margin: auto 24px; text-align: center; overflow-wrap: anywhere; }
.failure p { margin: 0 0 16px; }
.retry { min-height: 44px; padding: 0 20px; border: 0; border-radius: 8px; background: var(--accent); color: var(--ink); font: 500 15px system-ui, sans-serif; cursor: pointer; }
.retry:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@keyframes breathe { 50% { opacity: 0.45; } }
@media (max-width: 480px), (max-height: 420px) {
  .panel {
    inset: 0; width: 100%; height: 100%; border-radius: 0; transform: translateY(24px);
    padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left);
    background: linear-gradient(var(--accent) 50%, var(--surface) 50%);
  }
  .right .panel { right: 0; } .left .panel { left: 0; }
  .waiting { inset: env(safe-area-inset-top) 0 0; background: var(--surface); }
  .open .button { visibility: hidden; }
  .open:has(.failed) .button { visibility: visible; z-index: 2; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
@media (forced-colors: active) { .button, .panel { border: 1px solid; } }
`;

const LIGHT = "--surface: #ffffff; --text: #1a1d21; --bone: #e7e4dd;";
const DARK = "--surface: #161719; --text: #ececea; --bone: #313438;";
const COLOUR = /^#[0-9a-f]{6}$/i;

/** Sheets for a widget's colours; values that are no colours are left out. */
export function sheetsFor({ accent, accent_ink: ink, theme }) {
  const rules = new CSSStyleSheet();
  rules.replaceSync(RULES);
  const colours = new CSSStyleSheet();
  const brand = COLOUR.test(accent) && COLOUR.test(ink) ? `--accent: ${accent}; --ink: ${ink};` : "--accent: #0b6e63; --ink: #ffffff;";
  const scheme = theme === "auto" ? "light dark" : theme === "dark" ? "dark" : "light";
  const dark = theme === "auto" ? `@media (prefers-color-scheme: dark) { :host { ${DARK} } }` : "";
  colours.replaceSync(`:host { ${brand} --scheme: ${scheme}; ${theme === "dark" ? DARK : LIGHT} } ${dark}`);
  return [rules, colours];
}
