/** How the page looks: calm, typographic, the reader's own fonts; colour only where it tells something, which words tell, too. */
import { worstSeverityFirst } from '../../../checks/check.ts';

const COLORS = `
:root { color-scheme: light dark;
  --ground: #ffffff; --raised: #f6f7f8; --ink: #1a1d21; --quiet: #57606a; --rule: #dfe3e7; --link: #0b57a4; --focus: #0b57a4;
  --critical: #9c1237; --high: #b8480b; --medium: #b07d00; --low: #2c6496; --pass: #2a7a4b; --manual: #6b5ca5; --error: #a3318d; --waived: #6a737d; --none: #c9cfd6;
  --critical-bg: #fbe8ec; --high-bg: #fdeee2; --medium-bg: #fbf3d8; --low-bg: #e7f0f8; --pass-bg: #e4f4ea; --manual-bg: #efedf8; --error-bg: #fae9f6; --plain-bg: #edf0f2;
  --critical-ink: #8a0f30; --high-ink: #8f3604; --medium-ink: #664a00; --low-ink: #1f4f7a; --pass-ink: #17593a; --manual-ink: #51438a; --error-ink: #82226f;
  --heat-1: #fdeee2; --heat-2: #fbd9c2; --heat-3: #f6b9a0; --heat-4: #ee9a8d; --heat-ink: #3a0d12; }
@media screen and (prefers-color-scheme: dark) { :root {
  --ground: #14171a; --raised: #1c2024; --ink: #e4e7ea; --quiet: #9aa4ae; --rule: #30363c; --link: #82b8f0; --focus: #82b8f0;
  --critical: #ef5f7f; --high: #ee8d4d; --medium: #d9ad3c; --low: #6ba6d9; --pass: #56b57d; --manual: #a294dc; --error: #da7cc6; --waived: #8b949e; --none: #454c54;
  --critical-bg: #43141f; --high-bg: #41230f; --medium-bg: #372b0b; --low-bg: #152c41; --pass-bg: #13311f; --manual-bg: #282244; --error-bg: #3b1834; --plain-bg: #282d32;
  --critical-ink: #ffb3c1; --high-ink: #ffc69e; --medium-ink: #f2d58b; --low-ink: #b3d5f2; --pass-ink: #a5dfbd; --manual-ink: #cdc4f2; --error-ink: #f3b8e6;
  --heat-1: #3a2415; --heat-2: #532817; --heat-3: #70291d; --heat-4: #8e2a2a; --heat-ink: #ffe4dc; } }
`;

const BASE = `
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 Inter, system-ui, sans-serif; font-feature-settings: "tnum"; overflow-wrap: anywhere; }
.masthead, nav, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem; }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: clamp(1.9rem, 5vw, 2.75rem); letter-spacing: -.025em; margin: .1rem 0 1.5rem; font-weight: 650; }
h2 { font-size: 1.45rem; letter-spacing: -.015em; margin: 0 0 1.25rem; font-weight: 650; }
h3 { font-size: 1rem; margin: 2rem 0 .6rem; font-weight: 650; }
h4 { font-size: .8rem; margin: 1.4rem 0 .3rem; font-weight: 650; color: var(--quiet); }
p { margin: .4rem 0; max-width: 46rem; }
a { color: var(--link); text-underline-offset: .18em; text-decoration-thickness: .06em; }
:focus-visible { outline: .15rem solid var(--focus); outline-offset: .15rem; border-radius: .2rem; }
code, pre, .names, .number { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .86em; }
ul, ol { margin: .4rem 0; padding: 0; list-style: none; }
section { padding: 3rem 0 0; }
summary { cursor: pointer; }
[hidden] { display: none !important; }
.quiet, .note, .source, .meta { color: var(--quiet); }
.quiet { font-weight: 400; }
.note { font-size: .92rem; margin-bottom: 1rem; }
.source { display: block; font-size: .82rem; }
.shared .source { display: inline; }
.lead { font-size: 1.15rem; }
.hidden-text, .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip:focus { position: absolute; left: 1rem; top: 1rem; background: var(--ground); padding: .5rem 1rem; z-index: 3; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
caption { text-align: left; color: var(--quiet); padding-bottom: .5rem; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--rule); }
thead th { font-size: .8rem; color: var(--quiet); font-weight: 500; overflow-wrap: normal; }
tbody th { font-weight: 550; }
.n { text-align: right; white-space: nowrap; } .plain .n { padding-right: 2.5rem; } th:last-child, td:last-child { padding-right: 0; }
.scroll { overflow-x: auto; margin-bottom: 2rem; }
footer { margin-top: 4rem; padding-bottom: 3rem; color: var(--quiet); font-size: .85rem; } footer p { border-top: 1px solid var(--rule); padding-top: 1.25rem; max-width: none; }
`;

const TOP = `
.masthead { padding-top: 3.5rem; }
.kicker { color: var(--quiet); margin: 0; font-size: .92rem; }
.about { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1rem 2rem; margin: 0 0 2rem; }
.about dt { color: var(--quiet); font-size: .8rem; } .about dd { margin: 0; font-size: .95rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; border-block: 1px solid var(--rule); padding: .75rem 0; margin: 0; font-size: .92rem; }
nav a { color: var(--ink); text-decoration: none; } nav a:hover { text-decoration: underline; }
.score { display: grid; grid-template-columns: auto 1fr; gap: 3rem; align-items: center; margin-bottom: 2.5rem; }
.ring { display: block; overflow: visible; }
.ring circle { fill: none; stroke-width: 13; }
.track, .rail { stroke: var(--plain-bg); } .rail { fill: var(--plain-bg); stroke: none; }
.figure { font-size: 30px; font-weight: 650; fill: var(--ink); letter-spacing: -.03em; }
.unit { font-size: 15px; font-weight: 500; fill: var(--quiet); } .caption { font-size: 9.5px; fill: var(--quiet); }
.legend { columns: 2; column-gap: 2rem; max-width: 34rem; margin-top: 1rem; font-size: .92rem; }
.legend li { break-inside: avoid; padding: .18rem 0; } .legend .count { display: inline-block; min-width: 1.8rem; font-weight: 600; text-align: right; padding-right: .35rem; }
.swatch { display: inline-block; width: .7rem; height: .7rem; border-radius: .18rem; background: var(--none); margin-right: .45rem; }
.swatch.not-applicable { background: transparent; border: 1px solid var(--none); }
.sections .bar-cell { width: 45%; } .sections th[scope=row] { text-transform: capitalize; }
.bar { display: block; width: 100%; height: .55rem; border-radius: .28rem; margin-top: .45rem; overflow: hidden; }
${[...worstSeverityFirst, 'pass', 'manual', 'error', 'waived']
  .map(
    (kind) =>
      `.arc.${kind} { stroke: var(--${kind}); } .fill.${kind} { fill: var(--${kind}); } .swatch.${kind} { background: var(--${kind}); }`,
  )
  .join('\n')}
`;

const TAGS = `
.tag { display: inline-block; font-size: .76rem; font-weight: 550; line-height: 1.3; padding: .14rem .5rem; border-radius: .25rem; background: var(--plain-bg); white-space: nowrap; }
${worstSeverityFirst.map((kind) => `.tag.${kind} { background: var(--${kind}-bg); color: var(--${kind}-ink); }`).join('\n')}
.threat-open, .waiver-expired, .waiver-reopened { background: var(--critical-bg); color: var(--critical-ink); }
.threat-guarded, .waiver-active { background: var(--pass-bg); color: var(--pass-ink); }
.threat-uncovered { background: var(--manual-bg); color: var(--manual-ink); }
.mark { font-weight: 550; white-space: nowrap; } .mark.fail { color: var(--critical-ink); } .mark.pass { color: var(--pass-ink); } .mark.review { color: var(--manual-ink); } .mark.error { color: var(--error-ink); }
.priorities { counter-reset: place; margin-top: 0; }
.priorities > li { counter-increment: place; display: grid; grid-template-columns: 2.5rem 1fr; border-bottom: 1px solid var(--rule); padding: .9rem 0; }
.priorities > li::before { content: counter(place); font-size: 1.15rem; font-weight: 600; color: var(--quiet); }
.priority { display: grid; grid-template-columns: 1fr auto; gap: .5rem 2rem; } .priority p { margin: 0; }
.priority .title { font-weight: 550; } .priority .title .tag { margin-left: .3rem; }
.why { margin: .2rem 0 0; color: var(--quiet); font-size: .92rem; }
.points { text-align: right; color: var(--quiet); font-size: .8rem; } .points b { display: block; font-size: 1.15rem; color: var(--ink); font-weight: 600; }
.heat { table-layout: fixed; max-width: 52rem; border-collapse: separate; border-spacing: 3px; }
.heat th, .heat td { border: 0; padding: .55rem .4rem; text-align: center; vertical-align: middle; border-radius: .25rem; }
.heat th[scope=row] { text-align: left; padding-left: 0; text-transform: capitalize; } .heat th[scope=row] a { color: inherit; } .heat thead th:first-child { text-align: left; padding-left: 0; }
.heat thead th { vertical-align: bottom; font-weight: 500; line-height: 1.25; overflow-wrap: normal; hyphens: auto; } .heat abbr { text-decoration: none; font-weight: 650; color: var(--ink); }
.heat td { background: var(--raised); } .heat td.none { background: none; } .heat td.bare { color: var(--ink); }
.heat-0 { background: var(--pass-bg) !important; color: var(--pass-ink); }
${[1, 2, 3, 4].map((heat) => `.heat-${heat} { background: var(--heat-${heat}) !important; color: var(--heat-ink); font-weight: 600; }`).join('\n')}
.of { font-weight: 400; } .letters { display: none; }
.scale { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; font-size: .82rem; color: var(--quiet); margin: .8rem 0 1.5rem; } .scale li { display: flex; align-items: center; gap: .4rem; } .scale .swatch { margin: 0; width: 1.1rem; }
.heat .bare, .swatch.bare { background: repeating-linear-gradient(135deg, var(--raised) 0 4px, var(--none) 4px 5px); }
`;

const LISTS = `
.surface, .box, .container { border-bottom: 1px solid var(--rule); } .surface > summary, .box > summary, .container > summary { padding: .7rem 0; }
.surface { max-width: 52rem; } .surface:first-of-type { margin-top: 1.5rem; } .surface b { font-weight: 600; text-transform: capitalize; }
.threats > li { padding: .6rem 0 .9rem 1.2rem; } .threats p { margin: .15rem 0; }
.links { font-size: .92rem; } .links a, .priorities .title a, .compared a, .plain a { text-decoration: none; } .links a:hover, .priorities .title a:hover, .compared a:hover, .plain a:hover { text-decoration: underline; } .links li { padding: .2rem 0; } .threats .links { padding-left: 1rem; }
.filter { position: sticky; top: 0; z-index: 2; background: var(--ground); border-bottom: 1px solid var(--rule); display: grid; grid-template-columns: minmax(12rem, 1fr) repeat(3, auto) auto; gap: .75rem; align-items: end; padding: .75rem 0; }
.filter label > span { display: block; font-size: .76rem; color: var(--quiet); margin-bottom: .15rem; }
.filter input, .filter select, .filter button { font: inherit; font-size: .9rem; color: inherit; background: var(--ground); border: 1px solid var(--waived); border-radius: .35rem; padding: .4rem .6rem; width: 100%; min-height: 2.3rem; }
.filter input::placeholder { color: var(--quiet); opacity: 1; }
.filter button { width: auto; cursor: pointer; white-space: nowrap; } .filter button:hover { background: var(--raised); }
.actions { display: flex; gap: .5rem; align-items: center; } .actions output { font-size: .85rem; color: var(--quiet); white-space: nowrap; padding: 0 .3rem; }
.group > h3 { display: flex; align-items: center; gap: .1rem .35rem; } .group > h3 .swatch { margin-right: .2rem; }
.finding { border-top: 1px solid var(--rule); content-visibility: auto; contain-intrinsic-size: auto 4.2rem; scroll-margin-top: 6rem; }
.group > .finding:last-child { border-bottom: 1px solid var(--rule); }
.finding > summary { display: grid; grid-template-columns: 3.6rem 1fr auto auto; gap: .25rem .75rem; padding: .7rem .5rem; align-items: baseline; list-style: none; }
.finding > summary::-webkit-details-marker, .container > summary::-webkit-details-marker { display: none; }
.finding > summary::after, .container > summary::after { content: ""; width: .45rem; height: .45rem; border: solid var(--quiet); border-width: 0 .1rem .1rem 0; transform: rotate(45deg); align-self: start; margin: .45rem .2rem 0 .4rem; } .finding[open] > summary::after, .container[open] > summary::after { transform: rotate(225deg); margin-top: .65rem; }
.finding > summary:hover, .container > summary:hover { background: var(--raised); }
.finding[open] > summary { background: var(--raised); }
.number { color: var(--quiet); } .what .title { display: block; font-weight: 550; } .gist { display: block; color: var(--quiet); font-size: .88rem; overflow: hidden; text-overflow: ellipsis; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
.finding[open] .gist { display: none; }
.body { padding: .5rem .5rem 1.75rem 4.85rem; } .reason, .decision { background: var(--raised); padding: .6rem .9rem; border-radius: .35rem; }
.evidence { margin-top: .4rem; } .evidence th:nth-child(1), .evidence td:nth-child(1) { width: 6.5rem; } .evidence th:nth-child(2), .evidence td:nth-child(2) { width: 45%; } .evidence { table-layout: fixed; font-size: .88rem; }
.names { display: inline; } .names li { display: inline; } .names li:not(:last-child)::after { content: ", "; color: var(--quiet); }
.more { font-size: .88rem; } .more > summary { color: var(--link); padding: .2rem 0; } .effects .more, td .more { display: inline-block; padding-left: .4rem; vertical-align: top; }
.meta { font-size: .82rem; margin-top: 1.4rem; max-width: none; } .meta span::before { content: "·"; padding: 0 .45rem; }
.diff { margin: .6rem 0; padding: .75rem .9rem; background: var(--raised); border-radius: .35rem; white-space: pre-wrap; line-height: 1.6; max-width: 100%; }
.line { display: block; } .line.at { color: var(--quiet); } .line.out { color: var(--critical-ink); background: var(--critical-bg); } .line.in { color: var(--pass-ink); background: var(--pass-bg); } .line:not(:first-child).at { margin-top: .4rem; }
.effects { font-size: .9rem; } .effects > li { padding: .25rem 0; max-width: 52rem; } .effects .names { font-weight: 500; }
.container > summary { display: grid; grid-template-columns: 1fr auto auto; align-items: center; gap: .25rem .75rem; padding: .55rem .5rem; list-style: none; } .container b { font-weight: 550; } .tags { display: flex; flex-wrap: wrap; gap: .3rem; justify-content: flex-end; }
.container > :not(summary) { margin-left: 1.5rem; margin-bottom: .9rem; }
.container { content-visibility: auto; contain-intrinsic-size: auto 3rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem 2.5rem; margin: 1.25rem 0; } .tiles b { font-size: 1.6rem; font-weight: 650; display: block; letter-spacing: -.02em; }
.compared > li { padding: .5rem 0; border-bottom: 1px solid var(--rule); font-size: .95rem; } .compared p { margin: 0 0 .15rem; max-width: none; }
figure { margin: 0 0 2rem; } figcaption { color: var(--quiet); font-size: .88rem; margin-top: .4rem; }
.line-chart { width: 100%; max-width: 52rem; height: auto; } .grid { stroke: var(--rule); } .line-chart text { font-size: 8px; fill: var(--quiet); } .trend { fill: none; stroke: var(--low); stroke-width: 2; stroke-linejoin: round; } .dot { fill: var(--low); }
.drift td:first-child { white-space: nowrap; }
`;

const NARROW = `
@media (max-width: 52rem) { .filter { grid-template-columns: repeat(3, 1fr); gap: .5rem; } .filter .search, .actions { grid-column: 1 / -1; } .filter select { padding-inline: .3rem; } .actions output { margin-right: auto; padding: 0; } .finding { scroll-margin-top: 11rem; } }
@media (max-width: 40rem) {
  .masthead, nav, main, footer { padding-inline: 1rem; } .masthead { padding-top: 2rem; } section { padding-top: 2.5rem; }
  .about { grid-template-columns: 1fr 1fr; gap: .75rem 1rem; } .score { grid-template-columns: 1fr; gap: 1.25rem; } .ring { margin: 0 auto; }
  .legend { columns: 2; column-gap: 1rem; font-size: .86rem; } .wide { display: none; } .sections .bar-cell { width: 30%; } th, td { padding-right: .5rem; }
  .heat { border-spacing: 2px; } .heat .long { display: none; } .heat th, .heat td { padding: .5rem 0; font-size: .74rem; white-space: nowrap; overflow-wrap: normal; } .heat th[scope=row] { font-size: .82rem; } .letters { display: block; } .heat th:first-child { width: 5.6rem; }
  .priorities > li { grid-template-columns: 1.8rem 1fr; } .priority { grid-template-columns: 1fr; } .points { text-align: left; } .points b { display: inline; font-size: .9rem; }
  .finding > summary { grid-template-columns: 2.6rem 1fr auto auto; gap: .25rem .4rem; padding-inline: 0; } .container > summary { grid-template-columns: 1fr auto; } .container .tags { grid-column: 1; grid-row: 2; } .body { padding: .25rem 0 1.5rem; }
  .evidence th:nth-child(1), .evidence td:nth-child(1) { width: 4rem; } .evidence .mark { white-space: normal; } 
  .filter { padding: .5rem 0; } .filter label > span { margin: 0; } .tags { justify-content: flex-start; }
}
`;

const PRINT = `
@media print {
  @page { margin: 16mm 14mm; }
  html { font-size: 8.5pt; } body { line-height: 1.4; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  nav, .filter, .skip, .recipe { display: none !important; } .masthead, main, footer { max-width: none; padding-inline: 0; } .masthead { padding-top: 0; }
  section { padding-top: 1.8rem; } h2, h3, h4, summary, caption { break-after: avoid; } tr, .priorities > li, .threats > li, .heat, .sections, figure, .score { break-inside: avoid; }
  .finding, .container { content-visibility: visible; } .finding[open] > summary, .diff, .reason, .decision { background: none; } .diff, .reason, .decision { border: 1px solid var(--rule); }
  .finding .gist { display: none !important; } .finding > summary::after, .container > summary::after { display: none; } .finding > summary { padding-block: .35rem; } .body { padding-top: 0; padding-bottom: .8rem; } h4, .meta { margin-top: .6rem; } .evidence th, .evidence td { padding-block: .2rem; }
  .links li { display: inline; } .links li:not(:last-child)::after { content: " · "; } .links .tag { padding: 0 .3rem; } .threats > li { padding-block: .3rem; } p { max-width: none; }
  details::details-content { content-visibility: visible; display: block; } details:not([open]) > .body { display: block; }
  .scroll { overflow: visible; } a { color: inherit; text-decoration: none; }
}
`;

export const styleText = [COLORS, BASE, TOP, TAGS, LISTS, NARROW, PRINT].join('').replace(/\n\s*/g, '\n').trim();
