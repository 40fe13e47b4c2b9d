import { effect, type Signal, signal } from '@preact/signals';
import type { Frame } from '../../frame.ts';
import {
  actions,
  type Colouring,
  channelsOf,
  colour,
  colouring,
  dark,
  frame,
  hello,
  noPicture,
  people,
  redraw,
  selected,
  still,
} from '../store.ts';
import { Crowd } from './crowd.ts';
import { agentNear, census, layOut, type Move, positionOf, radiusOf, type TownLayout } from './layout.ts';

/** A move between two ticks never takes longer than this. */
const LONGEST_MOVE_MS = 700;

/** Keeps the picture of the agents up to date: takes frames, moves the dots, finds the one under the pointer. */
export class TownView {
  readonly layout: Signal<TownLayout | undefined> = signal(undefined);
  readonly #box: HTMLElement;
  readonly #ring: SVGGraphicsElement;
  #crowd?: Crowd;
  #taken?: Frame;
  #motion?: Move;
  #began = 0;
  #duration = 0;
  #arrived = 0;
  #scheduled = 0;
  readonly #stops: (() => void)[] = [];
  #closed = false;

  /** @param pick called with the agent that was clicked; without a pointer, agents are chosen by number */
  constructor(box: HTMLElement, ring: SVGGraphicsElement, pick: (agent: number) => void) {
    this.#box = box;
    this.#ring = ring;
    box.addEventListener('click', ({ offsetX, offsetY }) => {
      const agent = this.#agentAt(offsetX, offsetY);
      if (agent !== null) pick(agent);
    });
  }

  /** Draws as soon as there is something to draw on; says so if there is not. */
  async open(): Promise<void> {
    try {
      this.#crowd = await Crowd.open(this.#box);
      if (this.#closed) this.#crowd.close();
    } catch (error) {
      noPicture.value = `No picture of the agents: ${(error as Error).message}. Everything else works.`;
    }
    if (this.#closed) return;
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(this.#box);
    this.#stops.push(
      () => observer.disconnect(),
      effect(() => {
        if (hello.value) this.#resize();
      }),
      effect(() => {
        if (frame.value && this.layout.value) this.#take(frame.value);
      }),
      effect(() => {
        void [actions.value, dark.value, colouring.value, frame.value];
        this.#colour();
      }),
      effect(() => {
        void [selected.value, redraw.value];
        this.#schedule();
      }),
    );
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    cancelAnimationFrame(this.#scheduled);
    this.#crowd?.close();
  }

  /** The agent under a point of the box, or null. */
  #agentAt(x: number, y: number): number | null {
    const layout = this.layout.value;
    return layout && this.#motion ? agentNear(layout, this.#motion, this.#progress(), x, y) : null;
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#box;
    const scenario = hello.peek()?.scenario;
    if (!scenario || width === 0 || height === 0) return;
    this.layout.value = layOut(width, height, scenario.places);
    this.#crowd?.resize(width, height);
    if (!this.#taken) return;
    this.#motion = this.#moveOf(this.#taken, this.#taken);
    this.#crowd?.place(this.layout.value, this.#motion);
    this.#draw();
  }

  #take(next: Frame): void {
    const layout = this.layout.peek()!;
    const now = performance.now();
    const before = this.#taken;
    if (next === before) return;
    const agents = next.places.length;
    const sameCrowd = before?.places.length === agents;
    if (!sameCrowd) this.#crowd?.populate(agents, layout.places.length, next.actionCount);
    this.#taken = next;
    this.#motion = this.#moveOf(sameCrowd && !next.key && !still.peek() ? before! : next, next);
    this.#crowd?.move(layout, this.#motion);
    this.#colour();
    // Everybody has arrived before the next tick comes, however fast the clock.
    this.#duration = this.#motion.from === next.places ? 0 : Math.min(LONGEST_MOVE_MS, (now - this.#arrived) * 0.9);
    this.#arrived = now;
    this.#began = now;
    this.#schedule();
  }

  #moveOf(from: Frame, to: Frame): Move {
    const layout = this.layout.peek()!;
    const radii = (of: Frame) =>
      census(of, layout.places.length).crowd.map((count) => radiusOf(layout, count / of.places.length));
    return { from: from.places, to: to.places, fromRadius: radii(from), toRadius: radii(to) };
  }

  #colour(): void {
    const crowd = this.#crowd;
    const taken = this.#taken;
    if (!crowd || !taken) return;
    const shown = colouring.peek();
    crowd.paint(paintOf(taken, shown), taken.places.length);
    crowd.look({
      mode: shown.by === 'trait' ? 'chosen' : shown.by,
      quiet: colour('--dot'),
      actions: actions.peek().map((action) => channelsOf(action.colour)),
      low: colour('--p-low'),
      middle: colour('--p-middle'),
      high: colour('--p-high'),
    });
    this.#schedule();
  }

  #progress(): number {
    if (this.#duration === 0) return 1;
    return Math.min(1, (performance.now() - this.#began) / this.#duration);
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
    this.#crowd?.render(progress);
    const agent = selected.peek();
    const layout = this.layout.peek();
    const shown = agent !== null && layout && this.#motion && agent < this.#motion.to.length;
    this.#ring.style.visibility = shown ? 'visible' : 'hidden';
    if (!shown) return;
    const [x, y] = positionOf(layout, this.#motion!, agent, progress);
    this.#ring.setAttribute('transform', `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
  }
}

/** What each agent of a frame is coloured by. */
function paintOf({ played, traitSets, actionCount }: Frame, shown: Colouring): (agent: number) => number {
  if (shown.by === 'trait') {
    const sets = people.peek();
    return (agent) => (traitSets && sets[traitSets.of[agent]!]?.includes(shown.trait) ? 1 : 0);
  }
  if (!played) return () => 0;
  if (shown.by === 'action') return (agent) => Crowd.colourOf(played.actions[agent]!);
  return (agent) => played.levels[played.observed[agent]! * actionCount + shown.action]!;
}
