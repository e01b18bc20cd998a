/** Small details as they stand on drawings. */
import type { ReactNode } from "react";

const CAPTIONS = {
  pocket: "Detail 6/S-311: beam pocket at C-7, elevation",
  corridor: "Section A/M-210: corridor 2-210 at grid 5",
  isolation: "Part plan A-212: isolation rooms, level 2",
} as const;

export function Drawing({ which }: { readonly which: keyof typeof CAPTIONS }): ReactNode {
  return (
    <figure className="drawing">
      {which === "pocket" ? <Pocket /> : which === "corridor" ? <Corridor /> : <Isolation />}
      <figcaption>{CAPTIONS[which]}</figcaption>
    </figure>
  );
}

function Dimension({ x1, y1, x2, y2, label }: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number; readonly label: string }): ReactNode {
  const upright = x1 === x2;
  const [mx, my] = [(x1 + x2) / 2, (y1 + y2) / 2];
  return (
    <g className="dim">
      <line x1={x1} y1={y1} x2={x2} y2={y2} />
      <line x1={x1 - 4} y1={y1 + 4} x2={x1 + 4} y2={y1 - 4} />
      <line x1={x2 - 4} y1={y2 + 4} x2={x2 + 4} y2={y2 - 4} />
      <text x={upright ? mx - 6 : mx} y={upright ? my : my - 6} textAnchor={upright ? "end" : "middle"}>
        {label}
      </text>
    </g>
  );
}

function Bubble({ x, y, label }: { readonly x: number; readonly y: number; readonly label: string }): ReactNode {
  return (
    <g className="bubble">
      <circle cx={x} cy={y} r="13" />
      <text x={x} y={y + 4} textAnchor="middle">
        {label}
      </text>
    </g>
  );
}

function Pocket(): ReactNode {
  const bars = [92, 122, 152, 182, 212, 242, 272, 302, 332, 362];
  return (
    <svg viewBox="0 0 600 300" role="img" aria-label="Wall with vertical bars at 150, and a beam pocket 460 wide through which two bars run">
      <rect className="concrete" x="70" y="50" width="320" height="220" />
      {bars.map((x) => (
        <path key={x} className={x === 212 || x === 242 ? "bar cut" : "bar"} d={`M${String(x)} 50 V270`} />
      ))}
      {[80, 118, 156, 194, 232].map((y) => (
        <path key={y} className="tie" d={`M78 ${String(y)} H382`} />
      ))}
      <rect className="void" x="192" y="118" width="76" height="96" />
      <path className="steel" d="M206 134 H254 M206 200 H254 M230 134 V200" />
      <path className="plate" d="M198 208 H262" />
      <path className="new-bar" d="M184 92 V236 M178 92 V236 M172 92 V236 M276 92 V236 M282 92 V236 M288 92 V236" />
      <path className="grid-line" d="M230 29 V50 M230 270 V282" />
      <Bubble x={230} y={16} label="C" />
      <Dimension x1={192} y1={286} x2={268} y2={286} label="" />
      <text className="note" x="276" y="291">460</text>
      <Dimension x1={56} y1={118} x2={56} y2={214} label="300" />
      <path className="leader" d="M288 110 L420 84" />
      <text className="note" x="424" y="80">3 #8 × 1,200 each side,</text>
      <text className="note" x="424" y="96">hooked at the top (SK-S-031)</text>
      <path className="leader" d="M244 146 L420 150" />
      <text className="note" x="424" y="154">2 #8 to be cut</text>
      <path className="leader" d="M250 200 L420 212" />
      <text className="note" x="424" y="216">W18x50 on bearing plate</text>
    </svg>
  );
}

function Corridor(): ReactNode {
  return (
    <svg viewBox="0 0 600 300" role="img" aria-label="Section of the corridor: duct, chilled water pipe and cable tray above a ceiling at 2,600">
      <rect className="concrete" x="60" y="20" width="330" height="26" />
      <path className="wall" d="M60 46 V270 M390 46 V270 M52 270 H398" />
      <path className="ceiling" d="M60 190 H390" />
      <path className="hanger" d="M110 46 V134 M236 46 V134 M300 46 V112 M366 46 V112" />
      <rect className="duct" x="110" y="134" width="126" height="38" />
      <path className="tie" d="M110 134 L236 172 M236 134 L110 172" />
      <circle className="pipe" cx="268" cy="152" r="19" />
      <circle className="tie-fill" cx="268" cy="152" r="12" />
      <path className="tray" d="M306 100 V112 H360 V100" />
      <circle className="dotmark" cx="314" cy="108" r="2.5" />
      <circle className="dotmark" cx="324" cy="108" r="2.5" />
      <circle className="dotmark" cx="334" cy="108" r="2.5" />
      <path className="pipe" d="M336 180 v10 m-5 0 h10" />
      <Dimension x1={40} y1={190} x2={40} y2={270} label="" />
      <text className="note" x="4" y="234">2,600</text>
      <path className="leader" d="M200 140 L420 70" />
      <text className="note" x="424" y="74">Supply 1100 × 325</text>
      <path className="leader" d="M284 146 L420 122" />
      <text className="note" x="424" y="120">8″ chilled water,</text>
      <text className="note" x="424" y="136">40 insulation</text>
      <path className="leader" d="M356 106 L420 166" />
      <text className="note" x="424" y="170">Cable tray, moved</text>
      <path className="leader" d="M340 186 L420 208" />
      <text className="note" x="424" y="212">Sprinkler, moved 200</text>
      <path className="leader" d="M386 190 L420 246" />
      <text className="note" x="424" y="250">15 clear at the ceiling</text>
    </svg>
  );
}

function Isolation(): ReactNode {
  return (
    <svg viewBox="0 0 600 300" role="img" aria-label="Plan of two isolation rooms, each with an anteroom to the corridor">
      <path className="wall" d="M40 40 H400 V200 H318 M282 200 H176 M140 200 H40 Z M220 40 V200" />
      <path className="wall" d="M40 150 H96 M124 150 H220 M220 150 H288 M316 150 H400" />
      <path className="new-wall" d="M220 150 H288 M316 150 H400 M220 40 V200 M318 200 H400 V40" />
      <path className="swing" d="M96 150 A28 28 0 0 1 124 122 V150 M140 200 A36 36 0 0 1 176 164 V200 M288 150 A28 28 0 0 1 316 122 V150 M282 200 A36 36 0 0 1 318 164 V200" />
      <rect className="bed" x="64" y="58" width="34" height="62" />
      <rect className="bed" x="252" y="58" width="34" height="62" />
      <text className="room" x="152" y="90" textAnchor="middle">2-217</text>
      <text className="room" x="346" y="90" textAnchor="middle">2-218</text>
      <text className="note" x="86" y="180" textAnchor="middle">Ante</text>
      <text className="note" x="252" y="180" textAnchor="middle">Ante</text>
      <text className="note" x="220" y="236" textAnchor="middle">Corridor 2-210</text>
      <path className="leader" d="M360 150 L420 120" />
      <text className="note" x="424" y="120">New walls</text>
      <path className="leader" d="M376 56 L420 64" />
      <text className="note" x="424" y="68">Exhaust to EF-3</text>
      <path className="grid-line" d="M220 27 V40" />
      <Bubble x={220} y={14} label="5" />
      <Dimension x1={220} y1={262} x2={400} y2={262} label="4,200" />
    </svg>
  );
}
