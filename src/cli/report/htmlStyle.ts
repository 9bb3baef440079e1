/** The look of the HTML report: a calm page that reads like paper, on screens of any width and in print. */
export const reportStyle = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d8dee4; --ground: #ffffff; --shade: #f6f8fa; --good: #1a7f37; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --line: #363d46; --ground: #14181d; --shade: #1c2229; --good: #56d364; --bad: #ff8a80; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, 'Segoe UI', sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
article + article { margin-top: 64px; padding-top: 40px; border-top: 3px double var(--line); }
h1 { margin: 0 0 12px; font-size: 30px; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 40px 0 10px; font-size: 18px; line-height: 1.3; }
p, li, dd { max-width: 85ch; overflow-wrap: anywhere; }
.kind { margin: 0 0 2px; color: var(--soft); font-size: 13px; }
.about { margin: 0 0 10px; white-space: pre-line; }
.scope, .note, small, .measured, .facts dt { color: var(--soft); }
.scope { margin: 0; } .note, .measured, .facts { font-size: 13px; }
small { font-weight: 400; font-size: 12px; line-height: 1.35; }
.findings { margin: 0; padding: 12px 16px 12px 34px; background: var(--shade); border-radius: 6px; width: fit-content; max-width: 100%; }
.findings li + li { margin-top: 6px; } .findings b::after { content: ':'; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; border-top: 2px solid var(--ink); border-bottom: 2px solid var(--ink); }
th, td { padding: 7px 14px; text-align: right; vertical-align: top; border-top: 1px solid var(--line); }
td { white-space: nowrap; } th { font-weight: 600; overflow-wrap: break-word; }
thead th { vertical-align: bottom; border-top: 0; border-bottom: 1px solid var(--ink); line-height: 1.35; min-width: 6em; max-width: 15em; }
tbody tr:first-child > * { border-top: 0; }
th:first-child { position: sticky; left: 0; background: var(--ground); text-align: left; padding-left: 2px; min-width: 7em; max-width: 24em; }
th > small { display: block; }
.value, .difference { display: block; } .value small { color: var(--soft); } .value.best { font-weight: 700; }
.interval { display: inline-block; min-width: 3.4em; text-align: left; white-space: pre; font-weight: 400; } .one-seed .interval { min-width: 0; }
.difference { color: var(--soft); font-size: 12.5px; }
.verdict { margin-right: 5px; font-size: 10px; vertical-align: 1px; }
.above .verdict { color: var(--good); } .below .verdict { color: var(--bad); } .unclear .verdict { font-size: 12px; }
.missing { color: var(--soft); }
.words { text-align: left; white-space: normal; min-width: 14em; } .makings th:nth-child(2) { text-align: left; }
.digests { white-space: normal; min-width: 17em; }
code { font: 12.5px ui-monospace, 'Cascadia Mono', Menlo, Consolas, monospace; }
.measured { display: grid; grid-template-columns: fit-content(16em) 1fr; gap: 2px 14px; margin: 8px 0 0; }
.measured dt { color: var(--ink); overflow-wrap: anywhere; } .measured dd { margin: 0; }

.series-legend { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 0 0 14px; padding: 0; list-style: none; }
.series-legend li { display: flex; align-items: center; gap: 7px; } .series-legend svg { flex: none; }
.charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 26px 32px; align-items: start; }
figure { margin: 0; min-width: 0; } figcaption { font-weight: 600; margin-bottom: 4px; overflow-wrap: anywhere; } figcaption small { margin-left: 4px; }
svg { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; }
svg text { fill: var(--ink); } .depth-chart, .scatter-chart, .count-chart { display: block; width: 100%; height: auto; }
.axis { font: inherit; } .axis text { fill: var(--soft); } .axis-title { font-size: 11.5px; } svg .axis-title, svg .chance-label, svg .empty { fill: var(--soft); }
.axis path, .axis line { stroke: var(--soft); stroke-opacity: 0.6; } .grid line { stroke: var(--line); stroke-width: 0.7; }
.line { fill: none; stroke-width: 2; } .whisker { stroke-width: 1.5; } .band { opacity: 0.15; } .mark { stroke: var(--ground); stroke-width: 0.8; }
.chance { stroke: var(--soft); stroke-dasharray: 2 3; } .chance-label { font-size: 10.5px; }
.depth-chart:has(.series:hover) .series:not(:hover) { opacity: 0.2; }
details { margin-top: 2px; font-size: 13px; } summary { cursor: pointer; color: var(--soft); padding: 4px 0; }
details table { margin: 4px 0 8px; } details th, details td { padding: 3px 10px; } details thead th { min-width: 0; } details th:first-child { min-width: 5em; }

h3 { margin: 26px 0 4px; font-size: 15px; } caption { caption-side: top; text-align: left; font-weight: 600; padding: 12px 0 4px; }
td.shaded { background: color-mix(in srgb, #3b82f6 calc(var(--share) * 0.45), transparent); }

.paper th.group { text-align: center; border-bottom: 1px solid var(--line); } .paper tr.group th { border-top: 1px solid var(--ink); font-style: italic; } .published { color: var(--soft); }

.pictures img { display: block; image-rendering: pixelated; background: var(--shade); } .pictures td { padding: 4px 6px; text-align: left; } .pictures small { display: block; color: var(--soft); }
.pictures tbody + tbody tr:first-child > * { border-top: 1px solid var(--ink); } .pictures thead th { min-width: 0; text-align: left; padding-left: 6px; } .pictures th[scope='row'] { text-align: left; font-weight: 400; } .pictures th[scope='rowgroup'] { max-width: 9em; }

.scroll + .scroll { margin-top: 18px; }
.notes { margin: 0; padding-left: 20px; }
footer { margin-top: 44px; border-top: 1px solid var(--line); } footer h2 { margin-top: 20px; }
pre { margin: 0 0 8px; padding: 10px 14px; background: var(--shade); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 350px), 1fr)); gap: 4px 28px; margin: 0; }
.facts div { display: flex; gap: 10px; } .facts dt { flex: none; min-width: 9em; } .facts dd { margin: 0; min-width: 0; }

@media (prefers-color-scheme: dark) { .series, .series-legend svg { filter: brightness(1.3); } }
@media (max-width: 860px) { .charts { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 560px) {
  main { padding: 24px 14px 48px; } h1 { font-size: 25px; } th, td { padding: 7px 9px; } th:first-child { max-width: 9.5em; } .measured { grid-template-columns: 1fr; } .measured dd { margin-bottom: 6px; }
  svg { font-size: 15px; } .axis-title { font-size: 14px; } .chance-label { font-size: 13px; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --line: #bbb; --ground: #fff; --shade: #f3f3f3; --good: #000; --bad: #000; }
  body { font-size: 11pt; } main { max-width: none; padding: 0; } .scroll { overflow: visible; }
  .series, .series-legend svg { filter: none; } .band, .findings, pre { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .charts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 18px; } svg { font-size: 12px; }
  h2 { break-after: avoid; } table, figure, li, pre { break-inside: avoid; } article + article { break-before: page; }
}
`;
