import type { Frame } from '../../frame.ts';
import type { Channels } from '../store.ts';
import type { Camera } from './camera.ts';
import type { Clustering } from './clustering.ts';
import { Gpu, type Program } from './gpu.ts';
import type { TownLayout } from './layout.ts';
import { type Move, multiplierOf, ROAD_HALF, SEATED } from './motion.ts';
import { ROAD_POINTS } from './roads.ts';
import {
  ATTRIBUTES,
  CLUSTER_LIMIT,
  chosenFragment,
  DISC,
  dealtFragment,
  edgeFragment,
  meanFragment,
  PAINTS,
  SUMMED_LIMIT,
  screenVertex,
  sharesFragment,
  summedFragment,
  targetsOf,
  vertexShader,
} from './shaders.ts';

/** What dots show. `palette` has an entry for each value that an agent can show, and SILENT for none. */
export type Paint =
  | { readonly by: 'action'; readonly palette: readonly Channels[]; readonly silent: Channels }
  | { readonly by: 'probability'; readonly action: number; readonly palette: readonly Channels[] }
  | { readonly by: 'distance'; readonly palette: readonly Channels[] }
  | {
      readonly by: 'trait';
      /** By trait set: 1 for those who have the trait. */
      readonly members: Uint8Array;
      readonly palette: readonly Channels[];
    };

/**
 * Every so manieth agent is drawn in one go: each such part is a sample of all kinds of people. Of 20, the golden ratio's
 * multiple is far from a short fraction, so that each part is a sunflower too; 16 leave arms with gaps around its middle.
 */
const PARTS = 20;
/** Agents that cover a pixel on average, if there are more of them: one pixel in 400 is left empty by chance. */
const COVER = 6;
/** From this radius in pixels on, a dot is drawn round; smaller ones are squares of the same area. */
const ROUND_FROM = 1.1;

/** A column of a frame on the graphics card, as it came. */
interface Column {
  readonly buffer: WebGLBuffer;
  readonly bytes: 1 | 2 | 4;
}
type Columns = Partial<Record<(typeof ATTRIBUTES)[number], Column>>;

/**
 * The agents as dots, drawn from the columns of the frame as they came over the wire: a tick costs one upload, a
 * picture a few uniforms, for any number of agents. Dots that are too small to be told apart are added up: a pixel takes
 * the colour of one of those under it, dealt out so that the share of an area that has a colour is the share of the
 * agents there, and a probability is shown as their mean. Where larger dots overlap, chance says whose is on top
 * (docs/decisions/0030).
 */
export class Crowd {
  readonly canvas: HTMLCanvasElement;
  readonly #gpu: Gpu;
  readonly #dots: { readonly point: Program; readonly disc: Program };
  /** By what is added up: what adds it, what deals it out to pixels, and what shows it. */
  readonly #sums = new Map<
    'probability' | number,
    { readonly add: Program; readonly deal?: Program; readonly show: Program }
  >();
  #columns: Columns = {};
  #agents = 0;
  #multiplier = 1;
  #actions = 1;
  #played = false;
  #grouped = false;
  #places = new Float32Array(4 * CLUSTER_LIMIT);
  #paint: Paint | undefined;
  #seeking = false;
  #layout: TownLayout | undefined;
  #resolution = 1;
  #edges: { readonly program: Program; readonly ends: WebGLBuffer; count: number } | undefined;
  #edgeColour: readonly number[] = [0, 0, 0, 0];

  /** @throws if the browser has no WebGL 2 */
  constructor(box: HTMLElement) {
    this.#gpu = new Gpu();
    const { canvas } = this.#gpu;
    this.canvas = canvas;
    canvas.setAttribute('aria-hidden', 'true');
    box.append(canvas);
    const gpu = this.#gpu;
    this.#dots = {
      point: gpu.program(vertexShader('point', false), chosenFragment),
      disc: gpu.program(vertexShader('disc', false), chosenFragment),
    };
  }

  /** Takes a frame, once a tick; with `before`, agents come from where they were in that frame. */
  take(frame: Frame, from: Clustering, to: Clustering, key: boolean): void {
    const gpu = this.#gpu;
    const columns = this.#columns;
    const agents = frame.places.length;
    if (agents !== this.#agents) {
      this.#agents = agents;
      this.#multiplier = multiplierOf(agents);
    }
    this.#actions = frame.actionCount;
    this.#played = frame.played !== undefined;
    this.#grouped = to.table !== undefined;
    const upload = (name: keyof Columns, data: Uint8Array | Uint16Array | Uint32Array | undefined) => {
      columns[name] = data && gpu.column(data, columns[name]);
    };
    // What was "now" in the last tick is "before" in this one: no second upload.
    if (this.#uploaded !== undefined && this.#uploaded === from.column) {
      const { aFrom, aTo } = columns;
      columns.aFrom = aTo;
      columns.aTo = aFrom;
    } else upload('aFrom', from.table ? undefined : from.column);
    if (key) columns.aFrom = undefined;
    upload('aTo', to.table ? undefined : to.column);
    this.#uploaded = to.table ? undefined : to.column;
    upload('aAction', frame.played?.actions);
    upload('aObserved', frame.played?.observed);
    if (frame.traitSets && frame.traitSets.of !== this.#sets) {
      this.#sets = frame.traitSets.of;
      upload('aSet', this.#sets);
    }
    this.#levels = frame.played?.levels ?? new Uint8Array(1);
    if (to.table) gpu.table('uGroups', to.table);
  }

  /** Takes the distance of two policies at each distinct observation of the frame taken; undefined if it is not known. */
  contrast(levels: Uint8Array | undefined): void {
    this.#apart = levels;
    this.#upload();
  }

  /** Whatever numbers the dots show go where the shader looks them up: a P for each action, or one distance. */
  #upload(): void {
    const { length } = this.#levels;
    this.#gpu.table(
      'uLevels',
      this.#paint?.by === 'distance'
        ? (this.#apart ?? new Uint8Array(Math.ceil(length / this.#actions)))
        : this.#levels,
    );
  }

  /** Takes the seats of a move, if agents have their own. */
  seat({ seats }: Move): void {
    const columns = this.#columns;
    columns.aSeatFrom = seats && this.#gpu.column(seats.from, columns.aSeatFrom);
    columns.aSeatTo = seats && this.#gpu.column(seats.to, columns.aSeatTo);
  }

  #uploaded: Clustering['column'];
  #levels: Uint8Array = new Uint8Array(1);
  #apart: Uint8Array | undefined;
  #sets: Uint16Array | Uint32Array | undefined;

  /** Takes the places: once a tick, and when the town's box changes. */
  place(layout: TownLayout, move: Move): void {
    layout.places.forEach(({ x, y }, i) => {
      const [from, to] = move.seats ? [layout.reach, layout.reach] : [move.fromRadius[i]!, move.toRadius[i]!];
      this.#places.set([x, y, from, to], 4 * i);
    });
    if (layout.ways !== this.#layout?.ways) this.#gpu.ways(layout.ways, layout.places.length * ROAD_POINTS);
    this.#layout = layout;
  }

  /** Takes who is found, as bits; undefined if everybody is seen alike. */
  seek(bits: Uint8Array | undefined): void {
    this.#seeking = bits !== undefined;
    if (bits) this.#gpu.table('uFound', bits);
  }

  /**
   * Takes the edges that are drawn over the agents, who would hide them where they stand close.
   * @param ends agents, each two of which are neighbours
   * @param colour red, green, blue and opacity, each from 0 to 1
   */
  connect(ends: Uint32Array, colour: readonly number[]): void {
    this.#edgeColour = colour;
    if (ends.length === 0 && !this.#edges) return;
    const program = this.#edges?.program ?? this.#gpu.program(vertexShader('point', false), edgeFragment);
    this.#edges = { program, ends: this.#gpu.pairs(ends, this.#edges?.ends), count: ends.length };
  }

  paint(paint: Paint): void {
    this.#paint = paint;
    this.#upload();
    this.#gpu.palette(paint.palette, paint.by === 'action' ? paint.silent : paint.palette[0]!);
    if (paint.by === 'trait') this.#gpu.table('uMembers', paint.members);
  }

  resize(width: number, height: number): void {
    this.#resolution = Math.min(devicePixelRatio, 2);
    this.#gpu.resize(width, height, this.#resolution);
  }

  /** Radius of a dot in CSS pixels: half the distance between neighbours, so that any number of people look alike. */
  radius({ zoom }: Camera): number {
    const spacing = ((this.#layout?.reach ?? 0) * zoom) / Math.sqrt(Math.max(1, this.#agents));
    // Who has a seat overlaps nobody; others stand at random.
    return Math.min(4.5 + Math.log2(zoom), (this.#agents <= SEATED ? 0.76 : 0.45) * spacing);
  }

  /** Draws what the camera sees of a move at `progress`. */
  render(camera: Camera, progress: number): void {
    const layout = this.#layout;
    const paint = this.#paint;
    const gpu = this.#gpu;
    gpu.clear();
    if (!layout || !paint || this.#agents === 0) return;
    const radius = this.radius(camera) * this.#resolution;
    // Never smaller than a pixel: what is thinner would be missed by all samples.
    const size = Math.max(0.5, radius);
    const scale = camera.zoom;
    const [cx, cy] = [camera.x * layout.width, camera.y * layout.height];
    const uniforms = {
      uPlaces: this.#places,
      uPaint: [
        PAINTS[paint.by],
        paint.by === 'distance' ? 1 : this.#actions,
        paint.by === 'probability' ? paint.action : 0,
        this.#played ? 1 : 0,
      ],
      uGrouped: this.#grouped,
      uSeated: this.#columns.aSeatTo !== undefined,
      uLost: this.#seeking
        ? paint.by === 'probability' || paint.by === 'distance'
          ? 0
          : paint.palette.length - 1
        : -1,
      uCamera: [
        (2 * scale) / layout.width,
        (-2 * scale) / layout.height,
        (-2 * scale * cx) / layout.width,
        (2 * scale * cy) / layout.height,
      ],
      uPixel: [2 / gpu.width, 2 / gpu.height],
      uProgress: this.#columns.aFrom || this.#grouped ? progress : 1,
      uSize: size,
      uRoad: ROAD_HALF,
    };
    const values = paint.by === 'probability' || paint.by === 'distance' ? 'probability' : paint.palette.length;
    const dense = size < ROUND_FROM || values === 'probability';
    if (dense && gpu.sums && (values === 'probability' || values <= SUMMED_LIMIT)) {
      const { add, deal, show } = this.#summing(values);
      gpu.summing(values === 'probability' ? 1 : targetsOf(values), () => this.#draw(add, 'point', uniforms, size));
      if (deal) gpu.deal(deal);
      gpu.fill(show);
    } else if (size < ROUND_FROM)
      // A square of a disc's area.
      this.#draw(this.#dots.point, 'point', { ...uniforms, uSize: Math.max(0.5, size * 0.886) }, size);
    else this.#draw(this.#dots.disc, 'disc', uniforms, size);
    this.#drawEdges(uniforms);
  }

  #summing(values: 'probability' | number) {
    let programs = this.#sums.get(values);
    if (!programs) {
      programs = {
        add: this.#gpu.program(vertexShader('point', true), summedFragment(values)),
        ...(values !== 'probability' && { deal: this.#gpu.program(screenVertex, dealtFragment(values)) }),
        show: this.#gpu.program(screenVertex, values === 'probability' ? meanFragment : sharesFragment(values)),
      };
      this.#sums.set(values, programs);
    }
    return programs;
  }

  #drawEdges(uniforms: Parameters<Gpu['use']>[1]): void {
    const gpu = this.#gpu;
    const edges = this.#edges;
    if (!edges || edges.count === 0) return;
    gpu.use(edges.program, { ...uniforms, uEdge: this.#edgeColour });
    ATTRIBUTES.forEach((name, i) => gpu.attribute(i, this.#columns[name], 0, 1, false));
    gpu.order(edges.program, [this.#agents, this.#multiplier, 1, 0]);
    gpu.drawLines(edges.ends, edges.count);
  }

  #draw(program: Program, form: 'point' | 'disc', uniforms: Parameters<Gpu['use']>[1], size: number): void {
    const gpu = this.#gpu;
    const agents = this.#agents;
    const layout = this.#layout!;
    gpu.use(program, uniforms);
    // Who is drawn beyond these would hardly be seen.
    const area = (uniforms.uCamera as number[])[0]! * (gpu.width / 2);
    const covered = Math.PI * (layout.reach * area) ** 2;
    const enough = (COVER * covered) / Math.min(covered, Math.PI * size * size);
    const parts = agents > 100_000 ? PARTS : 1;
    const drawn = Math.min(parts, Math.max(1, Math.ceil((enough / agents) * parts)));
    for (let part = 0; part < drawn; part++) {
      // Spread over the parts, so that few of them are even too.
      const first = (part * 7) % parts;
      ATTRIBUTES.forEach((name, i) => gpu.attribute(i, this.#columns[name], first, parts, form === 'disc'));
      gpu.order(program, [agents, this.#multiplier, parts, first]);
      const count = Math.ceil((agents - first) / parts);
      gpu.drawCrowd(form === 'point' ? undefined : DISC, count);
    }
  }

  close(): void {
    this.#gpu.close();
  }
}
