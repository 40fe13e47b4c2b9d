import type { Frame } from '../../frame.ts';
import { type Cluster, type Clustering, clusterAt } from './clustering.ts';
import { type Road, roadsOf, waysOf } from './roads.ts';

/** Where things are in the town, in CSS pixels of its box. */
export interface TownLayout {
  readonly width: number;
  readonly height: number;
  readonly places: readonly { readonly name: string; readonly x: number; readonly y: number }[];
  /** Radius of a place where everybody is. */
  readonly reach: number;
  /** How large text is: 1 where a rem has 14 pixels. */
  readonly text: number;
  /** Width of a label: no wider than places in one row are apart. */
  readonly labelWidth: number;
  readonly roads: readonly Road[];
  /** The ways between all places; shape [places, places, ROAD_POINTS, 2]. */
  readonly ways: Float32Array;
}

/** What places need to find their room. */
type Room = Omit<TownLayout, 'roads' | 'ways'>;

interface Place {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** @param options whether clusters are places on a map, which roads join, and how large text is */
export function layOut(
  width: number,
  height: number,
  clusters: readonly Omit<Cluster, 'label'>[],
  { joined = true, text = 1 }: { joined?: boolean; text?: number } = {},
): TownLayout {
  if (joined) {
    const room = roomFor(width, height, clusters as readonly Place[], { largest: CROWD, margin: MARGIN, text });
    const roads = roadsOf(room.places);
    return { ...room, roads, ways: waysOf(room.places, roads) };
  }
  const columns = columnsFor(clusters.length, width, height);
  const margin = Math.min(MARGIN, 0.5 / columns);
  const room = roomFor(width, height, inRows(clusters, columns), { largest: 1, margin, text });
  return { ...room, roads: [], ways: waysOf(room.places, []) };
}

/** So far from an edge, in widths of the picture, are the outermost places. */
const MARGIN = 0.17;

/** As many columns of clusters as leave each the most room for a crowd and a label. */
function columnsFor(count: number, width: number, height: number): number {
  const room = (columns: number) =>
    Math.min(width / columns / WIDEST_LABEL, height / Math.ceil(count / columns) / (2.4 * LABEL_HEIGHT));
  let best = 1;
  for (let columns = 2; columns <= count; columns++) if (room(columns) > room(best)) best = columns;
  return best;
}

/** Clusters in rows, the last row in the middle. */
function inRows(clusters: readonly { readonly name: string }[], columns: number): Place[] {
  const rows = Math.ceil(clusters.length / columns);
  return clusters.map(({ name }, i) => {
    const row = Math.floor(i / columns);
    const short = columns - Math.min(columns, clusters.length - row * columns);
    const x = columns === 1 ? 0.5 : ((i % columns) + short / 2) / (columns - 1);
    return { name, x, y: rows === 1 ? 0.5 : row / (rows - 1) };
  });
}

function roomFor(
  width: number,
  height: number,
  places: readonly Place[],
  { largest, margin, text }: { readonly largest: number; readonly margin: number; readonly text: number },
): Room {
  const spread = (values: readonly number[], low: number, high: number) => {
    const [first, last] = [Math.min(...values), Math.max(...values)];
    return (v: number) => (last > first ? low + ((v - first) / (last - first)) * (high - low) : (low + high) / 2);
  };
  const across = spread(
    places.map(({ x }) => x),
    width * margin,
    width * (1 - margin),
  );
  const gaps = places.flatMap((a, i) =>
    places.slice(i + 1).flatMap((b) => (a.y === b.y && a.x !== b.x ? [Math.abs(across(a.x) - across(b.x))] : [])),
  );
  const labelWidth = Math.min((isNarrow(width) ? 96 : WIDEST_LABEL) * text, Math.max(40, Math.min(...gaps) - GAP));
  /** Room above the uppermost places for their crowds, and below the lowest for a crowd or a label. */
  const withReach = (reach: number): Room => {
    const down = spread(
      places.map(({ y }) => y),
      largest * reach + GAP,
      height -
        Math.max(largest * reach, GROUND * reach + GAP + LABEL_HEIGHT * text) -
        (isNarrow(width) ? VISITORS : GAP),
    );
    return {
      width,
      height,
      reach,
      text,
      labelWidth,
      places: places.map(({ name, x, y }) => ({ name, x: across(x), y: down(y) })),
    };
  };
  // The largest that leaves room for everything; in a box that is too small, things may touch.
  const most = Math.min((width * margin) / largest, Math.min(width, height) * 0.34);
  const least = most / 3;
  for (let reach = most; reach > least; reach--) {
    const layout = withReach(reach);
    if (hasRoom(layout, largest)) return layout;
  }
  return withReach(least);
}

/** Radius of a place's ground, in reaches. */
export const GROUND = 0.48;
/**
 * Radius of the largest crowd that a place has room for, in reaches: three quarters of the people. Of clusters by what they
 * did or who they are, each has room for everybody.
 */
const CROWD = Math.sqrt(0.75);
/** How large drawings around a ground are. */
export const drawingScale = (reach: number): number => Math.min(2.2, reach / 110);
/** How far they stand out of it, in CSS pixels. */
const ringOf = (reach: number): number => 18 * Math.max(1, drawingScale(reach));
const GAP = 6;
const LABEL_HEIGHT = 42;
const WIDEST_LABEL = 138;
/** Height of the line below the places where labels leave no room for visitors between them. */
const VISITORS = 34;

/** Whether labels are small and visitors who are away have a line of their own; style/narrow.css has the same width. */
export const isNarrow = (width: number): boolean => width <= 520;

/** Whether every crowd keeps clear of its neighbours', and every label of all places, wherever its own crowd moves it. */
function hasRoom(layout: Room, largest: number): boolean {
  const { places, reach } = layout;
  return places.every((a, i) => {
    const towards = labelAbove(layout, i) ? -1 : 1;
    const far = largest * reach + GAP + LABEL_HEIGHT * layout.text;
    return places.every((b, j) => {
      if (i === j) return true;
      const across = Math.abs(b.x - a.x);
      // Two places with a quarter of the people each have half the reach: they just touch.
      if (Math.hypot(across, b.y - a.y) * 1.04 < reach) return false;
      const along = (b.y - a.y) * towards;
      const fromLabel = Math.hypot(Math.max(0, across - layout.labelWidth / 2), Math.max(0, along - far));
      return along < 0 || fromLabel >= GROUND * reach + ringOf(reach);
    });
  });
}

/** How far a label is from the middle of its place: outside the ground and the crowd. */
export function labelDistance(layout: Room, i: number, share: number): number {
  const ground = GROUND * layout.reach + (labelAbove(layout, i) ? ringOf(layout.reach) : 0);
  return Math.max(ground, radiusOf(layout, share)) + GAP;
}

/** Whether a place's label lies above it: where another place is below, and closer than the next above or the edge. */
export function labelAbove(layout: Room, i: number): boolean {
  const { x, y } = layout.places[i]!;
  const near = layout.places.filter((other) => Math.abs(other.x - x) < layout.labelWidth / 2);
  const above = y - Math.max(0, ...near.filter((other) => other.y < y).map((other) => other.y));
  return near.some((other) => other.y > y && other.y - y < above);
}

export type Side = 'above' | 'below' | 'left' | 'right';

/** Where a place's label lies: above or below, or beside it if both would cover another place. */
export function labelSide(layout: Room, i: number): Side {
  const { x, y } = layout.places[i]!;
  const first: Side = labelAbove(layout, i) ? 'above' : 'below';
  const second: Side = first === 'above' ? 'below' : 'above';
  const outwards: Side = x < layout.width / 2 ? 'left' : 'right';
  const free = (side: Side) => {
    const [left, top] = labelCorner(layout, i, side);
    const [right, bottom] = [left + layout.labelWidth, top + LABEL_HEIGHT * layout.text];
    const inside = left >= 0 && top >= 0 && right <= layout.width && bottom <= layout.height;
    return (
      inside &&
      layout.places.every((other, j) => {
        if (j === i) return true;
        const across = Math.max(left - other.x, 0, other.x - right);
        const along = Math.max(top - other.y, 0, other.y - bottom);
        return Math.hypot(across, along) >= GROUND * layout.reach;
      })
    );
  };
  // In the middle of the height there is room at the sides of the picture, beyond the outermost place.
  const outermost = layout.places.every((other) => (outwards === 'left' ? other.x >= x : other.x <= x));
  return [first, second, outwards].find(free) ?? (outermost && Math.abs(y - layout.height / 2) < 1 ? outwards : first);
}

/** Upper left corner of a label beside a place's ground. */
function labelCorner(layout: Room, i: number, side: Side): readonly [number, number] {
  const { x, y } = layout.places[i]!;
  const ground = GROUND * layout.reach + GAP;
  const [width, height] = [layout.labelWidth, LABEL_HEIGHT * layout.text];
  if (side === 'above') return [x - width / 2, y - ground - height];
  if (side === 'below') return [x - width / 2, y + ground];
  return [side === 'left' ? x - ground - width : x + ground, y - height / 2];
}

/** Radius of a crowd: people stand equally close wherever they are. */
export const radiusOf = (layout: Pick<TownLayout, 'reach'>, share: number): number => layout.reach * Math.sqrt(share);

/** How many are at each cluster, and how many of them took each action. */
export interface Census {
  /** Shape [clusters]. */
  readonly crowd: readonly number[];
  /** Shape [clusters][actions]; all 0 before the tick is played. */
  readonly byAction: readonly (readonly number[])[];
}

/** Counts a frame, once a tick. */
export function census({ places, played, actionCount: k }: Frame, clusters: number, who: Clustering): Census {
  const agents = places.length;
  const counts = new Uint32Array(Math.max(1, clusters) * k);
  const { column, table, everybody = 0 } = who;
  const actions = played?.actions;
  if (!column) {
    if (actions) for (let i = 0; i < agents; i++) counts[everybody * k + actions[i]!]!++;
    else counts[everybody * k] = agents;
  } else if (actions && !table) for (let i = 0; i < agents; i++) counts[column[i]! * k + actions[i]!]!++;
  else for (let i = 0; i < agents; i++) counts[clusterAt(who, i) * k + (actions ? actions[i]! : 0)]!++;
  const rows = Array.from({ length: clusters }, (_, i) => Array.from(counts.subarray(i * k, (i + 1) * k)));
  return {
    crowd: rows.map((row) => row.reduce((sum, count) => sum + count, 0)),
    byAction: actions ? rows : rows.map((row) => row.map(() => 0)),
  };
}
