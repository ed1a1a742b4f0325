// SPDX-License-Identifier: ISC
// The style sheet of a report. Colours 0 to 4 follow Okabe and Ito, darkened until they stand out from white (3:1 and
// more), lightened for dark screens; 5 is what matters least, 6 what is wrong, 7 the ink.
#include "simulator/report/html_parts.hpp"

namespace mp::sim::html {

std::string_view style() {
  return R"css(
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d8dde3;--rail:#eceff2;
--c0:#0072b2;--c1:#c17d00;--c2:#00875f;--c3:#b3589a;--c4:#7b3294;--c5:#7d8590;--c6:#c4390a;--c7:#1b1f24;
--good:#00694a;--goodback:#e3f4ec;--badback:#fdebe4;--warn:#7a4f00;--warnback:#fdf3dc}
@media(prefers-color-scheme:dark){:root{--page:#0f1419;--card:#181e25;--ink:#e6eaef;--soft:#a3adb8;--line:#343c46;--rail:#262d36;
--c0:#56b4e9;--c1:#e69f00;--c2:#2bc59a;--c3:#dd96c4;--c4:#b995f0;--c5:#8a94a0;--c6:#ff7f50;--c7:#e6eaef;
--good:#5fd3a8;--goodback:#12302a;--badback:#3a1d14;--warn:#f0c060;--warnback:#33290f}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
overflow-wrap:anywhere}
main,header,footer{max-width:1400px;margin:0 auto;padding:0 16px}
header{padding-top:20px}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 4px}
h2{font-size:1.2rem;margin:32px 0 10px}
h3{font-size:1rem;margin:0}
p{margin:0 0 8px}
.soft,figcaption p,.note{color:var(--soft)}
.banner{margin:16px 0;padding:12px 16px;border-radius:10px;border-left:6px solid;font-weight:600}
.banner p{margin:2px 0 0;font-weight:400}
.banner.good{background:var(--goodback);border-color:var(--good);color:var(--good)}
.banner.bad{background:var(--badback);border-color:var(--c6);color:var(--c6)}
.banner.warn{background:var(--warnback);border-color:var(--warn);color:var(--warn)}
.banner p,.banner ul{color:var(--ink)}
.banner ul{margin:4px 0 0;padding-left:20px;font-weight:400}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(150px,45%),1fr));gap:12px;margin:0 0 12px;padding:0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 14px;margin:0}
.tile dt{color:var(--soft);font-size:.85rem}
.tile dd{margin:0;font-size:1.45rem;font-weight:650;line-height:1.25}
.tile dd.more{font-size:.85rem;font-weight:400;color:var(--soft)}
.tile.bad dd:not(.more){color:var(--c6)}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:12px;margin-top:12px}
.stack{display:grid;gap:12px;align-content:start}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:0 24px}
.pair>*{min-width:0}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;margin:0;padding:12px 14px;min-width:0}
figcaption p{font-size:.85rem;margin:2px 0 6px;line-height:1.35}
.note{font-size:.85rem;margin:6px 0 0}
.card.map{display:flex;flex-direction:column}.card.map svg{margin:auto}
@media(min-width:900px){.card.map{grid-column:span 2;grid-row:span 2}}
.card.wide{grid-column:1/-1;grid-row:auto}
.trees{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:12px 24px}
.tree p{font-size:.9rem;margin:4px 0}
svg{display:block;width:100%;height:auto;max-height:84vh}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--soft)}
.map svg text{font-size:17px}
@media(max-width:600px){svg text{font-size:16px}.map svg text{font-size:26px}}
svg text.mark,svg text.tell{fill:var(--ink);font-weight:600}
path{fill:none}
path.grid{stroke:var(--line);stroke-width:1}
path.axis{stroke:var(--soft);stroke-width:1}
path.mark{stroke:var(--c6);stroke-width:1.2;stroke-dasharray:3 3}
path.marks{stroke:var(--c6);stroke-width:1}
path.tell{stroke:var(--ink);stroke-width:1.2;stroke-dasharray:5 3}
path.line{stroke-width:2.2;stroke-linejoin:round}
path.dashed{stroke-dasharray:5 5;stroke-width:1.5}
path.area,.part{stroke:var(--card);stroke-width:.8}
.bars rect{stroke:var(--card);stroke-width:.6}
.rail{fill:var(--rail)}
.hit rect{fill:transparent}
.hit rect:hover{fill:var(--ink);fill-opacity:.1}
.link{stroke-width:2;opacity:.55}
.link.dense{stroke-width:1.3;opacity:.4}
.link.unknown{stroke-dasharray:7 5;opacity:.95;stroke-width:2.4}
.link.unknown.dense{stroke-dasharray:none;stroke-width:2}
.wall{stroke:var(--ink);stroke-width:6;stroke-linecap:round}
.node{fill:var(--c7);stroke:var(--card);stroke-width:1}
.node.alone{fill:var(--c6)}
.node.dead{fill:var(--card);stroke:var(--c7);stroke-width:2.5}
.dots{stroke:var(--c7);stroke-linecap:round}
.dots.wrong{stroke:var(--c6)}
.dots.hole{stroke:var(--card)}
.unused{stroke:var(--line);stroke-width:1.2}
.branch{stroke-linecap:round}
.branch.w0{stroke-width:7}.branch.w1{stroke-width:5}.branch.w2{stroke-width:3.4}.branch.w3{stroke-width:2.2}
.hang{fill:var(--card);stroke-width:2.5}
.hang.nowhere{stroke:var(--c6)}
.hang.rooted{stroke-width:3}
.map .hang text.depth{stroke:none;fill:var(--ink);font-size:17px;font-weight:600}
.map .rooted text.depth{fill:var(--card)}
.map .hang text.root{fill:var(--ink);font-size:24px;font-weight:650;paint-order:stroke;stroke:var(--card);stroke-width:6px}
.names text{fill:var(--ink);paint-order:stroke;stroke:var(--card);stroke-width:4px}
path.scale{stroke:var(--ink);stroke-width:2}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;list-style:none;margin:0 0 6px;padding:0;font-size:.85rem}
.legend li{display:flex;align-items:center;gap:6px}
.key{flex:none;width:18px;height:10px;border-radius:2px;background:currentColor}
.key.dash{height:0;border-top:3px dashed;background:none}
.key.dot{width:11px;height:11px;border-radius:50%}
.key.ring{width:11px;height:11px;border-radius:50%;border:2px solid;background:none}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:10px}
.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--c0)}
table{border-collapse:collapse;width:100%;font-size:.9rem;overflow-wrap:normal}
caption{text-align:left;padding:8px 12px;color:var(--soft)}
th,td{padding:5px 10px;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tr:last-child>*{border-bottom:0}
th{font-weight:600}
thead th{color:var(--soft);font-size:.82rem;white-space:nowrap;vertical-align:bottom}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.wide{min-width:11rem;overflow-wrap:anywhere}
tr.bad td{color:var(--c6)}
details{margin:8px 0}
summary{cursor:pointer;padding:4px 0}
pre{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 14px;overflow-x:auto;margin:0 0 8px;
user-select:all;font-size:.9rem}
footer{padding-top:16px;padding-bottom:32px;color:var(--soft);font-size:.85rem}
)css"
         R"css(.k0,.f0{color:var(--c0);fill:var(--c0)}.l0{stroke:var(--c0)}
.k1,.f1{color:var(--c1);fill:var(--c1)}.l1{stroke:var(--c1)}
.k2,.f2{color:var(--c2);fill:var(--c2)}.l2{stroke:var(--c2)}
.k3,.f3{color:var(--c3);fill:var(--c3)}.l3{stroke:var(--c3)}
.k4,.f4{color:var(--c4);fill:var(--c4)}.l4{stroke:var(--c4)}
.k5,.f5{color:var(--c5);fill:var(--c5)}.l5{stroke:var(--c5)}
.k6,.f6{color:var(--c6);fill:var(--c6)}.l6{stroke:var(--c6)}
.k7{color:var(--c7)}.l7{stroke:var(--c7)}
@media print{body{background:#fff}.card,.tile,.scroll{break-inside:avoid}details{display:none}}
)css";
}

}  // namespace mp::sim::html
