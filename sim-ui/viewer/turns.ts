const waiting = new Set<() => void>();

/** Draws before one of the next frames, one drawing a frame, so that no frame waits for all of them. Until then once is enough. */
export function drawInTurn(draw: () => void): void {
  if (waiting.size === 0) requestAnimationFrame(drawNext);
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
  if (waiting.size > 0) requestAnimationFrame(drawNext);
  draw();
}
