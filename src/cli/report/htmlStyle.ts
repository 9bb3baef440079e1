/** The look of the HTML report. */
export const reportStyle = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --ground: #ffffff; --good: #1a7f37; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --ground: #14181d; --good: #4ac26b; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { margin: 0 0 8px; font-size: 28px; } h2 { margin: 36px 0 8px; font-size: 19px; }
.about { max-width: 75ch; white-space: pre-line; margin: 0 0 12px; } .note, small, dt { color: var(--soft); }
dl { display: flex; flex-wrap: wrap; gap: 4px 28px; margin: 0; } dl div { display: flex; gap: 8px; } dd { margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child { text-align: left; } thead th { vertical-align: bottom; border-bottom: 2px solid var(--ink); }
th small { display: block; font-weight: 400; font-size: 12px; line-height: 1.35; }
td.best { font-weight: 700; } td.difference { color: var(--soft); font-size: 13px; padding-left: 0; }
td.above { color: var(--good); } td.below { color: var(--bad); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 20px; }
figure { margin: 0; } figcaption { font-weight: 600; margin-bottom: 4px; } figcaption small { font-weight: 400; }
svg { width: 100%; height: auto; overflow: visible; font: 11px system-ui, sans-serif; } svg text { fill: var(--ink); }
.axis path, .axis line { stroke: var(--soft); } .grid line { stroke: var(--line); stroke-width: 0.5; }
.line { fill: none; stroke-width: 2; } .band { opacity: 0.16; } .mark { stroke: var(--ground); stroke-width: 0.8; }
.chance { stroke: var(--soft); stroke-dasharray: 2 3; } .chance-label { fill: var(--soft) !important; font-size: 10px; }
.charts:has(.series:hover) .series:not(:hover) { opacity: 0.25; }
@media print { main { max-width: none; padding: 0; } section { break-inside: avoid; } }
`;
