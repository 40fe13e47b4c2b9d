const waiting = new Set<() => void>();

/** A page that is never idle draws so late, in milliseconds. */
const LATEST_MS = 200;

/** Where a browser has no such callback, the next task stands for it. */
const whenIdle: (draw: () => void) => void =
  typeof requestIdleCallback === 'function'
    ? (draw) => requestIdleCallback(draw, { timeout: LATEST_MS })
    : (draw) => setTimeout(draw);

/** Draws once there is time between two frames, one drawing at a time, so that no frame waits for it. Until then once is enough. */
export function drawInTurn(draw: () => void): void {
  if (waiting.size === 0) whenIdle(drawNext);
  waiting.add(draw);
}

/** What is drawn no more. */
export function giveUpTurn(draw: () => void): void {
  waiting.delete(draw);
}

function drawNext(): void {
  const [draw] = waiting;
  if (draw === undefined) return;
  waiting.delete(draw);
  if (waiting.size > 0) whenIdle(drawNext);
  draw();
}
