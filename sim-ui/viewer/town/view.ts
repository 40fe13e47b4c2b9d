import { batch, computed, effect, type ReadonlySignal, type Signal, signal, untracked } from '@preact/signals';
import type { Frame } from '../../frame.ts';
import { everyEdge, neighbours } from '../acquaintances.ts';
import { apartEnd } from '../contrast.ts';
import { foundBits, foundFew } from '../search.ts';
import { actions, colour, colouring, dark, hello, noPicture, redraw, selected, still } from '../store.ts';
import { arrangement, clusteringOf, clusters, valuesBySet } from './arrangement.ts';
import { camera, centred, type Point, project, unproject } from './camera.ts';
import type { Clustering } from './clustering.ts';
import { Crowd } from './crowd.ts';
import { type Census, census, layOut, radiusOf, type TownLayout } from './layout.ts';
import { type Memory, remember } from './memory.ts';
import { agentNear, type Move, positionOf, SEATED, seatsOf } from './motion.ts';
import { circlesAround, drawPath, linesTo, type Stagehands } from './overlay.ts';
import { paintOf } from './paint.ts';
import { runPicture, type TownPicture } from './picture.ts';

/** A move between two ticks never takes longer than this. */
const LONGEST_MOVE_MS = 1100;
/** Of ticks that follow closer than this nobody sees a move: each is one picture. */
const SHORTEST_MOVE_MS = 60;
/** So many edges are drawn in full strength. */
const EDGES_SEEN = 100;

/** Keeps the picture of the agents up to date: takes frames, moves the dots, finds the one under the pointer. */
export class TownView {
  readonly layout: Signal<TownLayout | undefined> = signal(undefined);
  /** Who is where and did what; counted once a tick. */
  readonly census: ReadonlySignal<Census | undefined>;
  /** The last ticks in a row, up to the one on show. */
  readonly memory: Signal<readonly Memory[]> = signal([]);
  /** Where the ring around the selected agent is, in the picture; null if there is none. */
  readonly marked: Signal<Point | null> = signal(null);
  readonly #hands: Stagehands;
  readonly #picture: TownPicture;
  /** Whether the tick on show was played. */
  readonly #decided: ReadonlySignal<boolean>;
  /** By trait set, the value of the kind that the town is arranged by. */
  readonly #bySet: ReadonlySignal<Uint8Array | undefined>;
  /** Who is found, as bits. */
  readonly #bits: ReadonlySignal<Uint8Array | undefined>;
  #crowd?: Crowd;
  #taken?: Frame;
  #motion?: Move;
  #began = 0;
  #duration = 0;
  #arrived = 0;
  #scheduled = 0;
  readonly #stops: (() => void)[] = [];
  #closed = false;

  constructor(hands: Stagehands, picture: TownPicture = runPicture) {
    this.#hands = hands;
    this.#picture = picture;
    const { frame } = picture;
    this.#decided = computed(() => frame.value?.played !== undefined);
    this.#bits = computed(() => (picture.same.value ? foundBits.value : undefined));
    this.#bySet = computed(() => valuesBySet(picture.people.value));
    const clustering = computed(() => frame.value && clusteringOf(frame.value, arrangement.value, this.#bySet.value));
    this.census = computed(
      () => frame.value && clustering.value && census(frame.value, clusters.value.length, clustering.value),
    );
  }

  /** Draws as soon as there is something to draw on; says so if there is not. */
  open(): void {
    const { box } = this.#hands;
    const decided = this.#decided;
    try {
      this.#crowd = new Crowd(box);
      this.#crowd.canvas.addEventListener('webglcontextlost', () => {
        if (!this.#closed)
          noPicture.value = 'The picture of the agents was lost: reload the page. Everything else works.';
      });
    } catch (error) {
      noPicture.value = `No picture of the agents: ${(error as Error).message}. Everything else works.`;
    }
    // A canvas of another size is empty: it is filled before the page is painted.
    const observer = new ResizeObserver(() => {
      this.#resize();
      this.#draw();
    });
    observer.observe(box);
    this.#stops.push(
      () => observer.disconnect(),
      effect(() => {
        void [hello.value, arrangement.value, clusters.value, this.#bySet.value];
        untracked(() => this.#resize());
      }),
      effect(() => {
        const next = this.#picture.frame.value;
        if (next && this.layout.value) untracked(() => this.#take(next));
      }),
      effect(() => {
        const levels = this.#picture.apart.value?.levels;
        untracked(() => {
          this.#crowd?.contrast(levels);
          this.#schedule();
        });
      }),
      effect(() => {
        void [
          actions.value,
          dark.value,
          colouring.value,
          this.#picture.people.value,
          this.#bits.value !== undefined,
          decided.value,
          apartEnd.value,
        ];
        untracked(() => this.#colour());
      }),
      effect(() => {
        this.#crowd?.seek(this.#bits.value);
        untracked(() => this.#schedule());
      }),
      effect(() => {
        void [dark.value, hello.value];
        const edges = this.#picture.same.value ? everyEdge.value : undefined;
        const ends = new Uint32Array(2 * (edges?.from.length ?? 0));
        edges?.from.forEach((from, i) => ends.set([from, edges.to[i]!], 2 * i));
        untracked(() => {
          // The more there are, the paler each: together they must not hide who they join.
          this.#crowd?.connect(ends, [
            ...colour('--ink'),
            Math.max(0.04, Math.min(0.35, (2 * EDGES_SEEN) / ends.length)),
          ]);
          this.#schedule();
        });
      }),
      effect(() => {
        void [selected.value, camera.value, redraw.value, neighbours.value, foundFew.value];
        untracked(() => this.#look());
      }),
    );
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    cancelAnimationFrame(this.#scheduled);
    this.#crowd?.close();
  }

  /** Radius of a dot in CSS pixels. */
  get dot(): number {
    return this.#crowd?.radius(camera.peek()) ?? 1;
  }

  /** The agent nearest to a point of the picture, or null if there is none within so many pixels. */
  agentAt(at: Point, pixels = 14): number | null {
    const layout = this.layout.peek();
    if (!layout || !this.#motion) return null;
    const shown = camera.peek();
    return agentNear(layout, this.#motion, this.#progress(), unproject(shown, layout, at), pixels / shown.zoom);
  }

  /** Where an agent is in the picture now. */
  whereIs(agent: number): Point | null {
    const layout = this.layout.peek();
    if (!layout || !this.#motion || agent >= this.#motion.agents) return null;
    return project(camera.peek(), layout, positionOf(layout, this.#motion, agent, this.#progress()));
  }

  /** Draws the picture now and gives the canvas, which can be read until this task ends. */
  picture(): HTMLCanvasElement | undefined {
    this.#draw();
    return this.#crowd?.canvas;
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#hands.box;
    if (!hello.peek() || width === 0 || height === 0) return;
    batch(() => {
      this.layout.value = layOut(width, height, clusters.peek(), {
        joined: arrangement.peek().by === 'place',
        text: Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 14,
      });
      this.#crowd?.resize(width, height);
      if (this.#taken) this.#place(this.#taken, undefined);
    });
    this.#look();
  }

  #take(next: Frame): void {
    const before = this.#taken;
    if (next === before) return;
    const follows = before && before.run === next.run && before.places.length === next.places.length;
    const now = performance.now();
    const moves = follows && !next.key && !still.peek() && next.tick > before.tick;
    this.memory.value = remember(next, follows && !next.key ? this.memory.peek() : []);
    this.#taken = next;
    this.#place(next, moves ? before : undefined);
    // Everybody has arrived before the next tick comes, however fast the clock.
    const since = now - this.#arrived;
    this.#duration = moves && since > SHORTEST_MOVE_MS ? Math.min(LONGEST_MOVE_MS, since * 0.9) : 0;
    this.#arrived = now;
    this.#began = now;
    this.#schedule();
  }

  #place(next: Frame, before: Frame | undefined): void {
    const layout = this.layout.peek()!;
    const shown = arrangement.peek();
    const bySet = this.#bySet.peek();
    const to = clusteringOf(next, shown, bySet);
    const from = before ? clusteringOf(before, shown, bySet) : to;
    const radii = (counts: Census) => counts.crowd.map((count) => radiusOf(layout, count / next.places.length));
    const counted =
      this.#picture.frame.peek() === next ? this.census.peek()! : census(next, clusters.peek().length, to);
    const toRadius = radii(counted);
    const fromRadius = before && this.#motion?.toRadius.length === toRadius.length ? this.#motion.toRadius : toRadius;
    const seats = this.#seats(next.places.length, from, to, counted, before !== undefined);
    this.#motion = { agents: next.places.length, from, to, fromRadius, toRadius, ...(seats && { seats }) };
    this.#crowd?.take(next, from, to, !before);
    this.#crowd?.contrast(this.#picture.apart.peek()?.levels);
    this.#crowd?.seat(this.#motion);
    this.#crowd?.place(layout, this.#motion);
  }

  #seats(agents: number, from: Clustering, to: Clustering, { crowd }: Census, moves: boolean): Move['seats'] {
    if (agents > SEATED) return undefined;
    const before = moves ? this.#motion?.seats?.to : undefined;
    if (before?.length !== agents) {
      const now = seatsOf(agents, to, crowd);
      return { from: now, to: now };
    }
    return { from: before, to: seatsOf(agents, to, crowd, { who: from, seats: before }) };
  }

  #colour(): void {
    if (hello.peek())
      this.#crowd?.paint(
        paintOf(colouring.peek(), {
          decided: this.#decided.peek(),
          seeking: this.#bits.peek() !== undefined,
          people: this.#picture.people.peek(),
          end: apartEnd.peek(),
        }),
      );
    this.#schedule();
  }

  #progress(): number {
    if (this.#duration === 0) return 1;
    return Math.min(1, (performance.now() - this.#began) / this.#duration);
  }

  /** The camera has moved, or another agent is selected. */
  #look(): void {
    const layout = this.layout.peek();
    if (!layout) return;
    const { x, y, zoom } = camera.peek();
    const [left, top] = [layout.width / 2 - x * layout.width * zoom, layout.height / 2 - y * layout.height * zoom];
    for (const ground of this.#hands.grounds)
      ground.setAttribute('transform', `translate(${left.toFixed(2)} ${top.toFixed(2)}) scale(${zoom.toFixed(4)})`);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = requestAnimationFrame(() => {
      this.#scheduled = 0;
      this.#draw();
      if (this.#progress() < 1) this.#schedule();
    });
  }

  #draw(): void {
    const progress = this.#progress();
    const agent = selected.peek();
    const layout = this.layout.peek();
    const shown = agent !== null && layout && this.#motion && agent < this.#motion.agents && this.#picture.same.peek();
    if (shown && this.#picture.leads && camera.peek().follow) {
      const to = centred(camera.peek(), layout, positionOf(layout, this.#motion!, agent, progress));
      if (to.x !== camera.peek().x || to.y !== camera.peek().y) camera.value = to;
    }
    this.#crowd?.render(camera.peek(), progress);
    const { ring } = this.#hands;
    ring.style.visibility = shown ? 'visible' : 'hidden';
    const at = shown ? this.whereIs(agent) : null;
    if (at) ring.setAttribute('transform', `translate(${at[0].toFixed(2)} ${at[1].toFixed(2)})`);
    const [motion, known] = [this.#motion, neighbours.peek()];
    const among = shown && known && known.agent === agent ? known.to.filter((other) => other < motion!.agents) : [];
    drawPath(
      this.#hands.edges,
      among.length > 0 ? linesTo(among, agent!, (one) => positionOf(layout!, motion!, one, progress)) : '',
    );
    const found = this.#picture.same.peek() ? foundFew.peek() : [];
    const centres = found.flatMap((one) => {
      const centre = this.whereIs(one);
      return centre ? [centre] : [];
    });
    drawPath(this.#hands.found, circlesAround(centres, this.dot));
    if (at?.[0] !== this.marked.peek()?.[0] || at?.[1] !== this.marked.peek()?.[1]) this.marked.value = at;
  }
}
