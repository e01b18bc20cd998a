/** The items of the project: what the host application itself knows. Dates are days from today, so that they stay near. */

export type Tool = "rfi" | "submittal" | "change_order" | "punch_item";
export type Tone = "" | "ok" | "warn" | "bad" | "accent";

/** The path of each tool's pages. */
export const PATHS = { rfi: "rfis", submittal: "submittals", change_order: "change-orders", punch_item: "punch" } as const;

/** How each tool, and one of its items, is called. */
export const NAMES = {
  rfi: { many: "RFIs", one: "RFI", of: "RFI" },
  submittal: { many: "Submittals", one: "Submittal", of: "Submittal" },
  change_order: { many: "Change orders", one: "Change order", of: "CO" },
  punch_item: { many: "Punch list", one: "Punch item", of: "Punch" },
} as const;

export function toolOf(path: string): Tool | undefined {
  return (Object.keys(PATHS) as Tool[]).find((tool) => PATHS[tool] === path);
}

/** What has happened to an item. */
export interface Happened {
  readonly day: number;
  readonly person: string;
  readonly what: string;
}

export interface Item {
  readonly tool: Tool;
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly tone: Tone;
  readonly open: boolean;
  /** Whose turn it is. */
  readonly court: string;
  readonly by: string;
  /** Days from today; null for none. */
  readonly due: number | null;
  readonly created: number;
  readonly place: string;
  readonly trade: string;
  /** US dollars, of a change order. */
  readonly amount?: number;
  /** Days on the schedule, of a change order. */
  readonly days?: number;
  readonly people: readonly string[];
  /** Paragraphs: the question, the scope, what is wrong. */
  readonly text: readonly string[];
  /** The official answer, if there is one. */
  readonly answer?: { readonly person: string; readonly day: number; readonly text: string };
  readonly drawing?: "pocket" | "corridor" | "isolation";
  readonly files: readonly string[];
  readonly history: readonly Happened[];
}

type Short = Omit<Item, "tool" | "open" | "tone" | "files" | "history" | "text"> &
  Partial<Pick<Item, "files" | "history" | "text">>;

const TONES: Readonly<Record<string, Tone>> = {
  Open: "accent",
  Answered: "ok",
  Draft: "",
  Closed: "",
  "In review": "accent",
  "Revise and resubmit": "bad",
  Approved: "ok",
  "Approved as noted": "ok",
  "Not submitted": "",
  Pricing: "warn",
  "Owner review": "accent",
  Executed: "ok",
  Void: "",
  "Ready for review": "warn",
  "Not accepted": "bad",
};

const OVER = new Set(["Closed", "Approved", "Approved as noted", "Executed", "Void"]);

function items(tool: Tool, all: readonly Short[]): Item[] {
  return all.map((one) => ({
    files: [],
    text: [],
    history: [{ day: one.created, person: one.by, what: "created it" }],
    ...one,
    tool,
    tone: TONES[one.status] ?? "",
    open: !OVER.has(one.status),
  }));
}

const RFIS = items("rfi", [
  {
    id: "126", title: "Slab edge at stair 2, level 4: angle or bent plate", status: "Draft", court: "tom", by: "tom", due: null, created: 0,
    place: "Level 4, stair 2", trade: "05 12 00 Structural steel", people: ["tom", "wei", "priya"],
    text: ["Sheet S-404 shows a bent plate at the slab edge of stair 2, detail 6/S-521 shows L4x4x3/8. The stair fabricator needs one of them by the end of the month."],
  },
  {
    id: "125", title: "Expansion joint at the link to the old building", status: "Answered", court: "priya", by: "marco", due: 1, created: -5,
    place: "Level 2, link bridge", trade: "07 95 13 Expansion joints", people: ["wei", "ingrid", "priya", "marco", "ruth", "dana"],
    text: ["The old building is 18 mm lower at the north side of the link than surveyed, and 11 mm at the south side. The joint cover will not sit flat. A ramp of 1 in 12 is 216 long and goes under the door; 1 in 20 needs 360."],
    answer: { person: "ingrid", day: -1, text: "1 in 20. The door moves by one module, hardware preparation as the new set." },
    files: ["Link levels, as measured.pdf"],
  },
  {
    id: "124", title: "Roof drain RD-6 against new fan curb", status: "Open", court: "ingrid", by: "lucia", due: 4, created: -2,
    place: "Roof, grid D-5", trade: "22 14 00 Storm drainage", people: ["lucia", "ingrid", "jamal", "priya"],
    text: ["With the larger exhaust fan of change order 017 the curb comes to 310 mm from roof drain RD-6. The membrane manufacturer asks for 450 mm. May the drain move to grid D-4.8?"],
    files: ["RD-6 markup.pdf", "Curb EF-3 revised.pdf"],
  },
  {
    id: "123", title: "Fire damper access above hard ceiling, corridor 1-130", status: "Open", court: "ingrid", by: "jamal", due: 1, created: -5,
    place: "Level 1, corridor 1-130", trade: "23 33 00 Duct accessories", people: ["jamal", "ingrid", "lucia", "ben"],
    text: ["Dampers FD-1-14 and FD-1-15 are above the hard ceiling. No access doors are shown on A-131. We need two of 600x600, rated, in the patient corridor."],
  },
  {
    id: "122", title: "Anchor embedment at generator pad", status: "Answered", court: "priya", by: "tom", due: -1, created: -9,
    place: "Site, generator yard", trade: "03 30 00 Cast-in-place concrete", people: ["tom", "wei", "priya", "sofia"],
    text: ["The generator's submittal asks for 8 anchors M24 with 300 mm embedment, the pad is 250 mm thick. Thicken the pad, or adhesive anchors?"],
    answer: { person: "wei", day: -2, text: "Thicken to 400 mm for 600 mm around the anchors, bars as the pad, top and bottom. No adhesive anchors under vibration." },
  },
  {
    id: "121", title: "Chilled water main against duct, corridor 2-210", status: "Open", court: "lucia", by: "lucia", due: 2, created: -6,
    place: "Level 2, corridor 2-210", trade: "23 21 13 Hydronic piping", people: ["lucia", "jamal", "sofia", "ingrid", "priya", "dana"],
    text: [
      "Model run of Monday night: the 8-inch chilled water main and the 900x400 supply duct want the same 120 mm above corridor 2-210, between grid 4 and grid 6.",
      "The ceiling must stay at 2,600. Proposed: duct 1100x325 for six metres, cable tray on the other side of the hangers, two sprinkler heads moved. The fire protection engineer must sign the sprinkler change.",
    ],
    drawing: "corridor", files: ["Coordination view 2-210-C.pdf", "FP-210 sprinkler markup.pdf"],
    history: [
      { day: -6, person: "lucia", what: "created it and sent it to Ingrid Solheim" },
      { day: -4, person: "ingrid", what: "asked for a section with insulation shown" },
      { day: -3, person: "lucia", what: "attached Coordination view 2-210-C.pdf" },
      { day: -1, person: "priya", what: "sent the sprinkler change to the fire protection engineer" },
    ],
  },
  {
    id: "120", title: "Lead-lined door frame at CT 1-142: jamb depth", status: "Answered", court: "priya", by: "priya", due: -3, created: -12,
    place: "Level 1, room 1-142", trade: "08 34 49 Radiation protection doors", people: ["priya", "ingrid", "tom"],
    text: ["The schedule gives a jamb of 149 mm, the wall with lead and two layers of board is 171 mm."],
    answer: { person: "ingrid", day: -4, text: "Jamb 171 mm, throat to suit. Schedule will be revised with the next set." },
  },
  {
    id: "119", title: "Medical gas zone valve box height, level 2", status: "Closed", court: "", by: "lucia", due: -8, created: -16,
    place: "Level 2", trade: "22 60 00 Medical gas", people: ["lucia", "ruth", "ingrid"],
    text: ["Drawings show 1,500 to the centre, the authority asks for the handle below 1,400."],
    answer: { person: "ingrid", day: -9, text: "Centre at 1,350 everywhere. No cost." },
  },
  {
    id: "118", title: "Blocking for wall-hung sinks, exam rooms", status: "Answered", court: "priya", by: "tom", due: -2, created: -11,
    place: "Level 1, exam rooms", trade: "06 10 00 Rough carpentry", people: ["priya", "tom", "ingrid", "marco", "dana"],
    text: ["The sink carriers want blocking at 830, the plan shows it at 760. The studs are up in all sixteen rooms, and four are boarded already."],
    answer: { person: "ingrid", day: -3, text: "830 is right: the plan is from before the sink was changed. A-541 is issued with it." },
    files: ["A-541 rev 2.pdf", "Photos by room.zip"],
  },
  {
    id: "117", title: "Nurse call conduit in rated partition at 2-221", status: "Closed", court: "", by: "sofia", due: -13, created: -20,
    place: "Level 2, room 2-221", trade: "27 52 23 Nurse call", people: ["sofia", "ingrid", "lucia"],
    text: ["Two 1-inch conduits for nurse call cross the one-hour partition between 2-221 and the corridor. Is a listed sleeve enough, or does the device box need putty pads on both sides?"],
    answer: { person: "ingrid", day: -15, text: "Putty pads on both sides: the boxes are less than 600 mm apart." },
  },
  {
    id: "116", title: "Fireproofing at beams with hangers already in", status: "Closed", court: "", by: "jamal", due: -15, created: -22,
    place: "Level 2, east", trade: "07 81 00 Fireproofing", people: ["jamal", "priya", "ben"],
    text: ["Hangers were set before the spray. Patch around them, or take them down?"],
    answer: { person: "wei", day: -17, text: "Patch to full thickness, inspector to see the first bay." },
  },
  {
    id: "114", title: "Beam pocket at grid C-7 clashes with rebar", status: "Answered", court: "priya", by: "priya", due: -1, created: -8,
    place: "Level 3, grid C-7", trade: "03 20 00 Concrete reinforcing", people: ["priya", "wei", "tom", "ingrid", "dana", "marco"],
    text: [
      "The pocket for W18x50 at C-7 is drawn 460 wide. The wall's boundary zone has #8 bars at 150, and two of them run right through the pocket.",
      "The bearing plate is welded already, so that the beam cannot shift toward D. Please say how the bars may be cut and what replaces them. The same detail comes at C-9 and C-11.",
    ],
    answer: { person: "wei", day: -2, text: "Cut the two bars. Add three #8 on each side of the pocket, 1,200 long, hooked at the top, as SK-S-031. The same for C-9 and C-11." },
    drawing: "pocket", files: ["SK-S-031.pdf", "Photo C-7 top mat.jpg", "S-311 rev 5.pdf"],
    history: [
      { day: -8, person: "priya", what: "created it and sent it to Wei Zhang" },
      { day: -6, person: "tom", what: "attached Photo C-7 top mat.jpg" },
      { day: -3, person: "wei", what: "attached SK-S-031.pdf" },
      { day: -2, person: "wei", what: "answered" },
      { day: -1, person: "ingrid", what: "agreed for the exposed soffit" },
    ],
  },
  {
    id: "112", title: "Door 2-204: lever or push plate", status: "Closed", court: "", by: "priya", due: -20, created: -26,
    place: "Level 2, room 2-204", trade: "08 71 00 Door hardware", people: ["priya", "ingrid"],
    text: ["The door hardware schedule and the plans disagree."],
    answer: { person: "ingrid", day: -22, text: "Push plate, it is the clean side. The schedule is right." },
  },
]);

const SUBMITTALS = items("submittal", [
  {
    id: "26-2413-01", title: "Main switchboard MSB-1", status: "Approved as noted", court: "sofia", by: "sofia", due: -1, created: -24,
    place: "Level 1, main electrical room", trade: "26 24 13 Switchboards", people: ["sofia", "priya", "ingrid", "ruth", "dana", "olga"],
    text: [
      "Product data and shop drawings, revision 2: bus rated 2,000 A, bracing 65 kA, metering section with BACnet gateway as a priced option.",
      "Lead time is 34 weeks from release. Permanent power, and with it the elevator inspection, hang on the factory slot.",
    ],
    answer: { person: "ingrid", day: -1, text: "Approved as noted: two notes about labels on sheets 4 and 7. Colour as offered." },
    files: ["MSB-1 product data rev 2.pdf", "MSB-1 shop drawings rev 2.pdf", "Short circuit study.pdf"],
    history: [
      { day: -24, person: "sofia", what: "submitted revision 1" },
      { day: -15, person: "ingrid", what: "returned it: revise and resubmit" },
      { day: -6, person: "sofia", what: "submitted revision 2" },
      { day: -1, person: "ingrid", what: "returned it: approved as noted" },
    ],
  },
  {
    id: "05-1200-03", title: "Steel connections, east canopy", status: "Revise and resubmit", court: "priya", by: "priya", due: 5, created: -10,
    place: "East entrance", trade: "05 12 00 Structural steel", people: ["priya", "wei", "tom", "ingrid", "dana"],
    text: [
      "42 sheets from the detailer. Sheets 11 to 16 are the moment frames.",
      "Sheet 13 shows bolts where a slip-critical joint is specified. Base plates: anchor nuts must sit below the paving; the paving bed is raised by 40 mm, slope 3.8 %.",
    ],
    files: ["Canopy connections 1-42.pdf"],
  },
  {
    id: "23-3113-02", title: "Ductwork shop drawings, level 2 west", status: "In review", court: "lucia", by: "jamal", due: 3, created: -4,
    place: "Level 2, west", trade: "23 31 13 Metal ducts", people: ["jamal", "lucia", "priya"],
    text: ["Level 2 west, grids 1 to 6, coordinated with the model of last Friday. Corridor 2-210 left out until RFI 121 is closed."],
  },
  { id: "23-3423-01", title: "Exhaust fan EF-3, isolation rooms", status: "In review", court: "lucia", by: "jamal", due: 2, created: -3, place: "Roof, grid D-5", trade: "23 34 23 Power ventilators", people: ["jamal", "lucia", "dana"], text: ["The larger fan of change order 017: same curb, new motor and starter."] },
  {
    id: "08-1400-02", title: "Wood doors, levels 1 and 2", status: "Approved as noted", court: "", by: "priya", due: -2, created: -14,
    place: "Levels 1 and 2", trade: "08 14 00 Wood doors", people: ["priya", "ingrid", "tom", "ruth", "dana"],
    text: ["114 leaves, white oak, factory finished. The sample seemed a shade darker than the one that the owner signed; side by side only its gloss is higher."],
    answer: { person: "ingrid", day: -2, text: "Approved with satin instead of gloss." },
    files: ["Wood doors schedule.pdf", "Sample side by side.jpg"],
  },
  { id: "08-7100-02", title: "Door hardware schedule, level 2", status: "In review", court: "ingrid", by: "priya", due: 6, created: -5, place: "Level 2", trade: "08 71 00 Door hardware", people: ["priya", "ingrid"], text: ["Revision after RFI 112. Push plates at the clean side of 2-204 to 2-209."] },
  { id: "09-6519-01", title: "Resilient floor, patient corridors", status: "Approved", court: "", by: "priya", due: -9, created: -30, place: "Levels 1 and 2", trade: "09 65 19 Resilient tile flooring", people: ["priya", "ingrid", "ruth"], text: ["Colour 4418 with 4420 as border, as the owner chose."] },
  { id: "07-5423-01", title: "TPO roof membrane and flashings", status: "Approved as noted", court: "", by: "priya", due: -40, created: -62, place: "Roof", trade: "07 54 23 TPO roofing", people: ["priya", "ingrid"] },
  { id: "14-2100-01", title: "Elevators 1 and 2", status: "In review", court: "dana", by: "olga", due: -1, created: -12, place: "Cores A and B", trade: "14 21 00 Traction elevators", people: ["olga", "ingrid", "ruth", "dana"], text: ["Cab finishes and controller. The manufacturer has not confirmed the inspection date yet."] },
  { id: "22-6213-01", title: "Medical vacuum pump skid", status: "Approved", court: "", by: "lucia", due: -18, created: -41, place: "Level 0, plant room", trade: "22 62 13 Medical vacuum", people: ["lucia", "ruth"] },
  { id: "03-3000-07", title: "Concrete mix, level 3 deck", status: "Approved", court: "", by: "hank", due: -12, created: -27, place: "Level 3", trade: "03 30 00 Cast-in-place concrete", people: ["hank", "wei", "tom"] },
  { id: "10-2600-01", title: "Wall protection, corridors", status: "Not submitted", court: "priya", by: "priya", due: 12, created: -2, place: "Levels 1 and 2", trade: "10 26 00 Wall and door protection", people: ["priya", "ingrid", "ruth"], text: ["Both colours are in the mock-up; the owner chooses at the next meeting."] },
]);

const CHANGE_ORDERS = items("change_order", [
  {
    id: "017", title: "Second isolation room, level 2", status: "Executed", court: "marco", by: "dana", due: -1, created: -9, amount: 88_400, days: 11,
    place: "Level 2, room 2-218", trade: "Owner's change", people: ["dana", "ruth", "ingrid", "lucia", "olga", "marco"],
    text: [
      "The clinic asks for a second negative pressure room, 2-218, beside the first one. The door gets an anteroom; a linen closet goes. The exhaust fan has 15 % left and the room needs 22: a bigger fan on the same curb, with new motor and starter.",
      "Eleven days on level 2, none on the end date if it is decided this week.",
    ],
    drawing: "isolation", files: ["A-212 rev 4.pdf", "CO 017 price by trade.xlsx", "CO 017 signed.pdf"],
    history: [
      { day: -9, person: "ruth", what: "asked for it" },
      { day: -7, person: "dana", what: "priced it: 88,400 and 11 days" },
      { day: -2, person: "ruth", what: "had it signed by the board" },
      { day: -1, person: "ingrid", what: "issued A-212 revision 4" },
    ],
  },
  { id: "020", title: "Parking, north row: temporary lighting", status: "Pricing", court: "dana", by: "marco", due: 4, created: -1, amount: 6_200, days: 0, place: "Site, north", trade: "Owner's change", people: ["marco", "sofia", "ruth", "dana"], text: ["22 places go back to the clinic's staff on Monday. Three poles and a feed from the site board."] },
  { id: "021", title: "BACnet gateway for MSB-1 metering", status: "Owner review", court: "ruth", by: "dana", due: 3, created: 0, amount: 1_900, days: 0, place: "Level 1, main electrical room", trade: "Owner's change", people: ["dana", "ruth", "sofia"], text: ["Meters speak Modbus; the facilities team wants them on BACnet."] },
  {
    id: "019", title: "Helipad lighting controller", status: "Owner review", court: "ruth", by: "sofia", due: 2, created: -2, amount: 14_600, days: 0,
    place: "Roof, helipad", trade: "Authority requirement", people: ["sofia", "dana", "ruth", "olga"],
    text: ["The authority asks for a radio controlled switch for the pad lights, which was an option until now. Three weeks to get it; not on the critical path as long as it is here before the roof is closed."],
    files: ["Authority letter.pdf", "Controller quote.pdf"],
  },
  { id: "018", title: "Access doors for fire dampers, corridor 1-130", status: "Pricing", court: "dana", by: "dana", due: 7, created: -3, amount: 3_450, days: 1, place: "Level 1, corridor 1-130", trade: "Design omission", people: ["dana", "jamal", "ingrid"], text: ["From RFI 123. Two rated access doors, 600x600."] },
  { id: "016", title: "Generator pad thickening", status: "Owner review", court: "ruth", by: "dana", due: 1, created: -6, amount: 11_750, days: 2, place: "Site, generator yard", trade: "Design conflict", people: ["dana", "ruth", "wei", "hank"], text: ["From RFI 122: 400 mm around the anchors."] },
  { id: "015", title: "Unsuitable soil at footing F-12", status: "Executed", court: "", by: "dana", due: -20, created: -48, amount: 27_300, days: 3, place: "Grid F-12", trade: "Unforeseen condition", people: ["dana", "hank", "ruth"] },
  { id: "014", title: "Card readers at staff entrances", status: "Executed", court: "", by: "ruth", due: -25, created: -51, amount: 14_980, days: 0, place: "Level 1", trade: "Owner's change", people: ["dana", "ruth", "sofia"] },
  { id: "013", title: "Credit: terrazzo base in lobby", status: "Void", court: "", by: "ingrid", due: null, created: -55, amount: -8_600, days: 0, place: "Level 1, lobby", trade: "Credit", people: ["dana", "ingrid"] },
]);

const PUNCH = items("punch_item", [
  { id: "315", title: "Handrail bracket loose, stair 1 landing", status: "Open", court: "tom", by: "ben", due: 1, created: 0, place: "Stair 1, level 2", trade: "05 52 13 Railings", people: ["ben", "tom", "marco"], text: ["Third bracket from the landing moves by hand. Taped off."] },
  { id: "314", title: "Paint touch-up at corner guards, corridor 1-110", status: "Open", court: "marco", by: "ingrid", due: 5, created: -1, place: "Corridor 1-110", trade: "09 91 00 Painting", people: ["ingrid", "marco"] },
  { id: "313", title: "Exam light 1-118 flickers when dimmed", status: "Open", court: "sofia", by: "ruth", due: 3, created: -1, place: "Room 1-118", trade: "26 51 00 Lighting", people: ["ruth", "sofia", "dana"] },
  { id: "312", title: "Sink in 1-121 drains slowly", status: "Ready for review", court: "ruth", by: "ruth", due: 0, created: -3, place: "Room 1-121", trade: "22 40 00 Plumbing fixtures", people: ["ruth", "lucia"] },
  { id: "306", title: "Sealant missing at window head, 1-105", status: "Open", court: "tom", by: "ingrid", due: -1, created: -4, place: "Room 1-105", trade: "07 92 00 Joint sealants", people: ["ingrid", "tom"] },
  {
    id: "311", title: "Scratched glass, east lobby", status: "Open", court: "marco", by: "ingrid", due: 2, created: -3,
    place: "Level 1, east lobby", trade: "08 80 00 Glazing", people: ["ingrid", "tom", "marco", "ruth"],
    text: ["Pane 4 has a scratch at eye height, 120 long. Polished twice, and still to be seen in the afternoon sun: a new pane."],
    files: ["Pane 4, 15:20.jpg"],
  },
  { id: "310", title: "Ceiling access panel does not close flush", status: "Not accepted", court: "jamal", by: "ingrid", due: 2, created: -5, place: "Corridor 1-130", trade: "08 31 13 Access doors", people: ["ingrid", "jamal"] },
  {
    id: "309", title: "Stained ceiling tiles, waiting area", status: "Ready for review", court: "ruth", by: "ruth", due: 2, created: -6,
    place: "Level 1, waiting area", trade: "09 51 13 Acoustical ceilings", people: ["ruth", "tom", "jamal", "dana"],
    text: ["Three tiles have brown rings. Cause: the condensate drain of VAV 1-07, its trap was dry. Filled and tested, tiles replaced; to be looked at again after the weekend."],
    files: ["Tiles before.jpg", "Tiles after.jpg"],
    history: [
      { day: -6, person: "ruth", what: "created it" },
      { day: -4, person: "jamal", what: "filled and tested the trap" },
      { day: -3, person: "tom", what: "replaced the tiles and set it to ready for review" },
    ],
  },
  { id: "308", title: "Thermostat 1-116 reads 3 degrees high", status: "Open", court: "lucia", by: "ruth", due: 4, created: -6, place: "Room 1-116", trade: "23 09 00 Controls", people: ["ruth", "lucia"] },
  { id: "307", title: "Floor transition strip lifted at 1-140", status: "Ready for review", court: "ingrid", by: "tom", due: 1, created: -7, place: "Room 1-140", trade: "09 65 19 Resilient tile flooring", people: ["tom", "ingrid"] },
  { id: "305", title: "Label panel LP-1B circuits 13 to 24", status: "Closed", court: "", by: "sofia", due: -4, created: -10, place: "Electrical room 1-E2", trade: "26 24 16 Panelboards", people: ["sofia", "tom"] },
  {
    id: "302", title: "Door 1-114 does not latch", status: "Closed", court: "", by: "ingrid", due: -3, created: -9,
    place: "Level 1, room 1-114", trade: "08 11 13 Hollow metal doors", people: ["tom", "ingrid", "marco", "dana"],
    text: ["The door swings shut and bounces open again. The frame was 4 mm out of plumb at the head: shimmed again, and the smoke seal is new. It latches, tried twenty times."],
    history: [
      { day: -9, person: "ingrid", what: "created it" },
      { day: -5, person: "tom", what: "set it to ready for review" },
      { day: -4, person: "ingrid", what: "accepted it" },
    ],
  },
  { id: "301", title: "Scratch on reception desk front", status: "Closed", court: "", by: "ruth", due: -6, created: -12, place: "Level 1, reception", trade: "12 32 00 Casework", people: ["ruth", "marco"] },
]);

export const ITEMS: Readonly<Record<Tool, readonly Item[]>> = {
  rfi: RFIS,
  submittal: SUBMITTALS,
  change_order: CHANGE_ORDERS,
  punch_item: PUNCH,
};

/** How many are open in each tool. */
export const openCounts = Object.fromEntries(
  (Object.keys(ITEMS) as Tool[]).map((tool) => [tool, ITEMS[tool].filter(({ open }) => open).length]),
) as Record<Tool, number>;

export function itemOf(tool: Tool, id: string): Item | undefined {
  return ITEMS[tool].find((one) => one.id === id);
}

/** Where an item's page is. */
export function linkOf(project: string, item: Pick<Item, "tool" | "id">): string {
  return `/projects/${project}/${PATHS[item.tool]}/${item.id}`;
}

/** RFI 114; Submittal 26 24 13-01; Change order 017. */
export function numberOf({ tool, id }: Pick<Item, "tool" | "id">): string {
  if (tool !== "submittal") return id;
  const [division = "", section = "", number = ""] = id.split("-");
  return `${division} ${section.slice(0, 2)} ${section.slice(2)}-${number}`;
}

/** The title of an item's conversation: as the item is called everywhere. */
export function conversationTitle(item: Item): string {
  return `${NAMES[item.tool].one} ${numberOf(item)}: ${item.title}`;
}

const DAY_MS = 86_400_000;

/** A day from today, as a date. */
export function dateOf(day: number, now: number): number {
  return now + day * DAY_MS;
}
