import { camera, type Point, panned, whole, zoomed } from './camera.ts';

export interface Hand {
  /** Width and height of what is touched. */
  box(): { width: number; height: number };
  /** A click or a tap at a point. */
  pick(at: Point): void;
  /** The pointer is over a point; null: it has left, or something is being moved. */
  hover(at: Point | null): void;
}

/** So far a pointer may go, in CSS pixels, and still be a click. */
const CLICK = 4;
const WHEEL = 0.0016;

/** Wheel and pinch zoom, drag moves the picture, a click picks. @returns what stops listening */
export function listen(element: HTMLElement, hand: Hand): () => void {
  const pointers = new Map<number, Point>();
  let travelled = 0;
  const stop = new AbortController();
  const at = (event: PointerEvent | WheelEvent): Point => {
    const { left, top } = element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const on = <K extends keyof HTMLElementEventMap>(
    kind: K,
    handle: (event: HTMLElementEventMap[K]) => void,
    passive = true,
  ) => element.addEventListener(kind, handle, { signal: stop.signal, passive });
  const release = (event: PointerEvent) => pointers.delete(event.pointerId);

  on('pointerdown', (event) => {
    if (event.button !== 0) return;
    if (pointers.size === 0) travelled = 0;
    pointers.set(event.pointerId, at(event));
    element.setPointerCapture(event.pointerId);
  });
  on('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    const now = at(event);
    if (!before) {
      if (pointers.size === 0 && event.pointerType !== 'touch') hand.hover(now);
      return;
    }
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    travelled += Math.hypot(now[0] - before[0], now[1] - before[1]);
    if (travelled <= CLICK && !other) return;
    hand.hover(null);
    const box = hand.box();
    if (!other) camera.value = panned(camera.peek(), box, now[0] - before[0], now[1] - before[1]);
    else {
      const apart = (p: Point) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      const middle: Point = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
      const moved = camera.peek().follow
        ? camera.peek()
        : panned(camera.peek(), box, (now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
      camera.value = zoomed(moved, box, apart(now) / Math.max(1, apart(before)), middle);
    }
  });
  on('pointerup', (event) => {
    const known = pointers.has(event.pointerId);
    release(event);
    if (known && travelled <= CLICK) hand.pick(at(event));
  });
  on('pointercancel', release);
  on('lostpointercapture', release);
  on('pointerleave', () => hand.hover(null));
  on(
    'wheel',
    (event) => {
      // The page scrolls on where there is nothing left to zoom out of.
      if (event.deltaY > 0 && camera.peek().zoom === 1) return;
      event.preventDefault();
      const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1);
      const factor = Math.exp(-Math.max(-400, Math.min(400, pixels)) * WHEEL * (event.ctrlKey ? 5 : 1));
      camera.value = zoomed(camera.peek(), hand.box(), factor, at(event));
    },
    false,
  );
  return () => stop.abort();
}

/** One press of + or −. */
export const STEP = 1.5;
/** One press of an arrow, as a share of the picture. */
const STRIDE = 0.12;

/** Moves the camera as a key says; false if the key says nothing. */
export function obeyKey(key: string, box: { width: number; height: number }): boolean {
  const [dx, dy] = [box.width * STRIDE, box.height * STRIDE];
  const now = camera.peek();
  const next = {
    '+': () => zoomed(now, box, STEP),
    '=': () => zoomed(now, box, STEP),
    '-': () => zoomed(now, box, 1 / STEP),
    '0': () => whole,
    ArrowLeft: () => panned(now, box, dx, 0),
    ArrowRight: () => panned(now, box, -dx, 0),
    ArrowUp: () => panned(now, box, 0, dy),
    ArrowDown: () => panned(now, box, 0, -dy),
  }[key];
  if (next) camera.value = next();
  return next !== undefined;
}
