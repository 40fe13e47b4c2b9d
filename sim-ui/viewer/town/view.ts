import { effect, type Signal, signal } from '@preact/signals';
import type { Frame } from '../../frame.ts';
import { colour, colouring, dark, frame, hello, noPicture, selected, still } from '../store.ts';
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
        void [dark.value, colouring.value, frame.value?.traitSets];
        this.#colour();
      }),
      effect(() => {
        void selected.value;
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
    const sameCrowd = before?.states.length === next.states.length;
    if (!sameCrowd) this.#crowd?.populate(next.states.length, layout.places.length);
    this.#taken = next;
    this.#motion = this.#moveOf(sameCrowd && !next.key && !still.peek() ? before! : next, next);
    this.#crowd?.move(layout, this.#motion);
    if (!sameCrowd) this.#colour();
    // Everybody has arrived before the next tick comes, however fast the clock.
    this.#duration = this.#motion.from === next.states ? 0 : Math.min(LONGEST_MOVE_MS, (now - this.#arrived) * 0.9);
    this.#arrived = now;
    this.#began = now;
    this.#schedule();
  }

  #moveOf(from: Frame, to: Frame): Move {
    const layout = this.layout.peek()!;
    const radii = ({ states, placeBits }: Frame) =>
      census(states, placeBits, layout.places.length).crowd.map((count) => radiusOf(layout, count / states.length));
    return {
      placeBits: to.placeBits,
      from: from.states,
      to: to.states,
      fromRadius: radii(from),
      toRadius: radii(to),
    };
  }

  #colour(): void {
    const crowd = this.#crowd;
    const taken = this.#taken;
    if (!crowd || !taken) return;
    const shown = colouring.peek();
    if (typeof shown === 'number' && taken.traitSets) {
      const sets = hello.peek()!.scenario.traitSets;
      const traitSets = taken.traitSets;
      crowd.choose((agent) => sets[traitSets[agent]!]!.includes(shown), taken.states.length);
    }
    crowd.look({
      mode: typeof shown === 'number' ? 'chosen' : shown,
      quiet: colour('--dot'),
      acted: colour('--acted'),
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
