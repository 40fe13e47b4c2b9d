import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { mean } from '../stats/moments.ts';
import { tQuantile } from '../stats/t-intervals.ts';
import { CHROMIUM_FLAGS, findChromium } from '../tools/chromium.ts';
import { ServedTown } from './served-town.ts';
import { WatchedPage } from './watched-page.ts';

/** Minutes that are played before memory counts: until as many runs are kept as are ever kept, and all code is compiled. */
const WARM_UP = 15;

/** Minutes whose mean is one value of the trend: neighbouring minutes are alike, and would make it look surer than it is. */
const BLOCK = 5;

/**
 * Whether a town that is watched takes more and more memory: 10,000 agents at 30 ticks a second, begun anew at each end,
 * measured about once a minute, at the end of a run and after a collection of garbage. Needs a built dist/.
 * @param minutes that count, after a warm-up; default 60
 */
export async function soak(minutes = 60): Promise<void> {
  const workspace = await mkdtemp(join(tmpdir(), 'bench-soak-'));
  const browser = await chromium.launch({ executablePath: await findChromium(console.error), args: CHROMIUM_FLAGS });
  try {
    await using town = await ServedTown.open(workspace, 10_000);
    await using watched = await WatchedPage.open(browser, town.url);
    console.log(
      `\nA town of 10,000 that is watched at up to 30 ticks a second, ${WARM_UP} min to warm up and ${minutes} min; MB after a collection of garbage`,
    );
    console.log(
      `  minute${Object.keys(COLUMNS)
        .map((name) => `  ${name}`)
        .join('')}  ticks/s`,
    );
    await watched.page.getByRole('slider', { name: 'Speed' }).fill('30');
    const rows: Row[] = [];
    let began = performance.now();
    for (let minute = 0; minute <= WARM_UP + minutes; minute++) {
      const { ticks, seconds } = minute === 0 ? { ticks: 0, seconds: 1 } : await play(town, watched, 60);
      const row = await measured(town, watched);
      if (minute === WARM_UP) began = performance.now();
      if (minute > WARM_UP) rows.push(row);
      const cells = Object.entries(COLUMNS).map(([name, cell]) => cell(row).padStart(name.length + 2));
      console.log(`  ${String(minute).padStart(6)}${cells.join('')}  ${(ticks / seconds).toFixed(1).padStart(7)}`);
    }
    const perHour = (rows.length * 3600) / BLOCK / ((performance.now() - began) / 1000);
    for (const [name, of] of [
      ['heap of the page', ({ page }: Row) => page],
      ['heap of the server', ({ heap }: Row) => heap],
      ['process of the page', ({ renderer }: Row) => renderer],
      ['process that draws', ({ drawing }: Row) => drawing],
      ['process of the server', ({ server }: Row) => server],
    ] as const) {
      const { slope, half } = trend(blocksOf(rows.map((row) => of(row) / 1e6)).map(mean));
      const [lower, upper] = [slope - half, slope + half];
      console.log(
        `  ${name.padEnd(22)} ${(perHour * slope).toFixed(2)} MB an hour (95 %: ${(perHour * lower).toFixed(2)} to ${(perHour * upper).toFixed(2)})${lower > 0 ? ', which grows' : ''}`,
      );
    }
  } finally {
    await browser.close();
    await rm(workspace, { recursive: true, force: true });
  }
}

/** Bytes, and numbers of things. */
interface Row {
  readonly page: number;
  readonly nodes: number;
  readonly listeners: number;
  readonly renderer: number;
  readonly drawing: number;
  readonly heap: number;
  readonly server: number;
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);

const COLUMNS: Readonly<Record<string, (row: Row) => string>> = {
  'page: heap': ({ page }) => mb(page),
  nodes: ({ nodes }) => String(nodes),
  listeners: ({ listeners }) => String(listeners),
  process: ({ renderer }) => mb(renderer),
  drawing: ({ drawing }) => mb(drawing),
  'server: heap': ({ heap }) => mb(heap),
  'its process': ({ server }) => mb(server),
};

async function measured(town: ServedTown, watched: WatchedPage): Promise<Row> {
  await watched.collectGarbage();
  const metrics = await watched.metrics();
  const { heapBytes, rssBytes } = await town.usage();
  return {
    page: metrics.get('JSHeapUsedSize')!,
    nodes: metrics.get('Nodes')!,
    listeners: metrics.get('JSEventListeners')!,
    renderer: await watched.resident('renderer'),
    drawing: await watched.resident('GPU'),
    heap: heapBytes,
    server: rssBytes,
  };
}

/** Plays for so many seconds, and on to the end of the run. */
async function play(
  town: ServedTown,
  { page }: WatchedPage,
  least: number,
): Promise<{ readonly ticks: number; readonly seconds: number }> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  let ticks = 0;
  let { tick } = await town.health();
  for (;;) {
    const now = await town.health();
    ticks += now.tick >= tick ? now.tick - tick : now.tick;
    tick = now.tick;
    if (now.clock === 'ended') {
      if (seconds() >= least) return { ticks, seconds: seconds() };
      await page.getByRole('button', { name: /^Play again/ }).click();
    }
    if (now.clock === 'paused') await page.getByRole('button', { name: 'Play', exact: true }).click();
    await setTimeout(250);
  }
}

const blocksOf = (values: readonly number[]): number[][] =>
  Array.from({ length: Math.floor(values.length / BLOCK) }, (_, i) => values.slice(i * BLOCK, (i + 1) * BLOCK));

/** Least-squares slope of values at equal steps, and half its 95 % interval. */
function trend(values: readonly number[]): { slope: number; half: number } {
  const n = values.length;
  const centre = (n - 1) / 2;
  const level = mean(values);
  const spread = values.reduce((sum, _, i) => sum + (i - centre) ** 2, 0);
  const slope = values.reduce((sum, value, i) => sum + (i - centre) * (value - level), 0) / spread;
  const rest = values.reduce((sum, value, i) => sum + (value - level - slope * (i - centre)) ** 2, 0);
  return { slope, half: tQuantile(0.95, n - 2) * Math.sqrt(rest / (n - 2) / spread) };
}
