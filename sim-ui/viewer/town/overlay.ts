import type { Point } from './camera.ts';

/** Neighbours of one agent that lines are drawn to. */
const DRAWN = 300;

/** Elements that move with the picture. */
export interface Stagehands {
  /** Takes the canvas. */
  readonly box: HTMLElement;
  /** Groups in coordinates of the layout, which the camera transforms. */
  readonly grounds: readonly SVGGraphicsElement[];
  readonly ring: SVGGraphicsElement;
  /** Lines to the neighbours of the selected agent, in coordinates of the layout. */
  readonly edges: SVGPathElement;
  /** Circles around the few who are found, in the picture. */
  readonly found: SVGPathElement;
}

/** Draws a path, or none. */
export function drawPath(path: SVGPathElement, d: string): void {
  if (d !== '') path.setAttribute('d', d);
  else if (path.hasAttribute('d')) path.removeAttribute('d');
}

/** Lines from an agent to its neighbours. @param at where an agent is */
export function linesTo(others: readonly number[], agent: number, at: (agent: number) => Point): string {
  const text = (one: number) =>
    at(one)
      .map((value) => value.toFixed(1))
      .join(' ');
  const own = text(agent);
  return others
    .slice(0, DRAWN)
    .map((other) => `M${own}L${text(other)}`)
    .join('');
}

/** Circles around agents. @param dot radius of an agent's own */
export function circlesAround(centres: readonly Point[], dot: number): string {
  const r = Math.max(6, dot + 3);
  return centres
    .map(([x, y]) => `M${(x - r).toFixed(1)} ${y.toFixed(1)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`)
    .join('');
}
