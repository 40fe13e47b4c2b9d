import { untracked } from '@preact/signals';
import type uPlot from 'uplot';
import { canariesOnShow, changesOnShow } from './runs.tsx';
import { cssColour, points, status } from './store.ts';
import { policyLabel, shortened } from './words.ts';

/** Where a name stands on a chart: its row, and from where to where. */
interface Name {
  readonly row: number;
  readonly left: number;
  readonly right: number;
}

/** From where to where words stand beside a line: to the right of it, or to the left where the chart ends before they do. */
function besideLine({ ctx, bbox }: uPlot, x: number, words: string): Pick<Name, 'left' | 'right'> {
  const { width } = ctx.measureText(words);
  const apart = 3 * devicePixelRatio;
  const left = x + apart + width <= bbox.left + bbox.width ? x + apart : x - apart - width;
  return { left, right: left + width };
}

/**
 * Words are of this size from here on. Only where there are any: a canvas that is given a font computes the page's styles and
 * layout.
 */
function setWords({ ctx }: uPlot, size: number): void {
  ctx.font = `${10 * size}px ui-sans-serif, system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
}

/** Words with a rim of the panel's colour: they can be read over lines and bands. */
function write({ ctx }: uPlot, words: string, x: number, y: number, size: number): void {
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineJoin = 'round';
  ctx.lineWidth = 3 * size;
  ctx.strokeStyle = cssColour('--panel');
  ctx.strokeText(words, x, y);
  ctx.fillText(words, x, y);
  ctx.restore();
}

/** A line from the top of a chart to its foot. */
function lineAt({ ctx, bbox }: uPlot, x: number): void {
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
}

/**
 * A line where a canary begins, has more or fewer agents, or goes back: a swap for a part; and a name, the latest first, where
 * there is room for it.
 * @param large how much larger than usual text is, as in all that follow
 * @param names those that stand there already
 */
export function markCanaries(plot: uPlot, large: number, names: Name[]): void {
  const canaries = untracked(canariesOnShow).toReversed();
  if (canaries.length === 0) return;
  const { ctx, bbox } = plot;
  const size = devicePixelRatio * large;
  ctx.save();
  setWords(plot, size);
  ctx.strokeStyle = cssColour('--muted');
  ctx.fillStyle = cssColour('--muted');
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
  for (const { tick, name } of canaries) {
    const x = plot.valToPos(tick, 'x', true);
    lineAt(plot, x);
    const words = shortened(name, 22);
    const { left, right } = besideLine(plot, x, words);
    const row = [0, 1].find((r) => !names.some((other) => other.row === r && left < other.right && other.left < right));
    if (row === undefined) continue;
    write(plot, words, left, bbox.top + (10 + 11 * row) * size, size);
    names.push({ row, left, right });
  }
  ctx.restore();
}

/** A dotted line and the new values where parameters were changed, at the foot of the chart. */
export function markChanges(plot: uPlot, large: number): void {
  const changes = untracked(changesOnShow);
  if (changes.length === 0) return;
  const { ctx, bbox } = plot;
  const size = devicePixelRatio * large;
  ctx.save();
  setWords(plot, size);
  ctx.strokeStyle = cssColour('--warn');
  ctx.fillStyle = cssColour('--warn');
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([devicePixelRatio, 2 * devicePixelRatio]);
  changes.forEach(({ tick, words }, i) => {
    const x = plot.valToPos(tick, 'x', true);
    lineAt(plot, x);
    // Words of changes that follow closely stand in two rows.
    const said = shortened(words, 24);
    write(plot, said, besideLine(plot, x, said).left, bbox.top + bbox.height - (4 + 11 * (i % 2)) * size, size);
  });
  ctx.restore();
}

/** A line at the tick that somebody looks back at. */
export function markTick(plot: uPlot): void {
  const { past, tick } = status.peek() ?? {};
  if (!past) return;
  const { ctx, bbox } = plot;
  const x = plot.valToPos(tick!, 'x', true);
  ctx.save();
  ctx.fillStyle = cssColour('--focus');
  ctx.fillRect(x - devicePixelRatio, bbox.top, 2 * devicePixelRatio, bbox.height);
  ctx.restore();
}

/** Marks where another policy took over, and shades the ticks that a teacher decided. */
export function shadeSwaps(plot: uPlot, large: number): Name[] {
  const names: Name[] = [];
  const known = points.peek();
  const teachers = new Set(
    status
      .peek()
      ?.policies.filter(({ role }) => role === 'teacher')
      .map(({ name }) => name),
  );
  const { ctx, bbox } = plot;
  const x = (tick: number) => plot.valToPos(tick, 'x', true);
  ctx.save();
  const size = devicePixelRatio * large;
  for (let from = 0, swaps = 0; from < known.length; ) {
    let to = from;
    while (to + 1 < known.length && known[to + 1]!.policy === known[from]!.policy) to++;
    const { policy, tick } = known[from]!;
    if (teachers.has(policy)) {
      ctx.fillStyle = cssColour('--teacher-shade');
      ctx.fillRect(x(tick), bbox.top, x(known[to]!.tick + (to + 1 < known.length ? 1 : 0)) - x(tick), bbox.height);
    }
    if (from > 0) {
      if (swaps === 0) setWords(plot, size);
      ctx.strokeStyle = cssColour('--muted');
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
      lineAt(plot, x(tick));
      ctx.fillStyle = cssColour('--muted');
      // Names of swaps that follow closely stand in two rows.
      const row = swaps++ % 2;
      const name = shortened(policyLabel(policy).replace('student:', '').split('/').at(-1)!, 18);
      const { left, right } = besideLine(plot, x(tick), name);
      write(plot, name, left, bbox.top + (10 + 11 * row) * size, size);
      names.push({ row, left, right });
    }
    from = to + 1;
  }
  ctx.restore();
  return names;
}
