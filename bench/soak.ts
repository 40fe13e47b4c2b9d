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

/**
 * Whether a town that is watched takes more and more memory: 10,000 agents at 30 ticks a second, begun anew at each end,
 * measured once a minute after a collection of garbage. Needs a built dist/.
 * @param minutes that count, after a warm-up; default 20
 */
export async function soak(minutes = 20): Promise<void> {
  const workspace = await mkdtemp(join(tmpdir(), 'bench-soak-'));
  const browser = await chromium.launch({ executablePath: await findChromium(console.error), args: CHROMIUM_FLAGS });
  try {
    await using town = await ServedTown.open(workspace, 10_000);
    await using watched = await WatchedPage.open(browser, town.url);
    console.log(
      `\nA town of 10,000 that is watched at up to 30 ticks a second, ${WARM_UP} min to warm up and ${minutes} min; MB after a collection of garbage`,
    );
    console.log('  minute  page: heap  nodes  listeners  processes   server: heap  process   ticks/s');
    await watched.page.getByRole('slider', { name: 'Speed' }).fill('30');
    const rows: Row[] = [];
    for (let minute = 0; minute <= WARM_UP + minutes; minute++) {
      const ticks = minute === 0 ? 0 : await play(town, watched, 60_000);
      const row = await measured(town, watched);
      if (minute >= WARM_UP) rows.push(row);
      console.log(
        `  ${String(minute).padStart(6)}  ${mb(row.page).padStart(10)}  ${String(row.nodes).padStart(5)}  ${String(row.listeners).padStart(9)}  ${mb(row.processes ?? Number.NaN).padStart(9)}  ${mb(row.heap).padStart(13)}  ${mb(row.server).padStart(7)}  ${(ticks / 60).toFixed(1).padStart(8)}`,
      );
    }
    for (const [name, of] of [
      ['heap of the page', ({ page }: Row) => page],
      ['heap of the server', ({ heap }: Row) => heap],
      ['processes of the page', ({ processes }: Row) => processes ?? Number.NaN],
      ['process of the server', ({ server }: Row) => server],
    ] as const) {
      const { slope, half } = trend(rows.map((row) => of(row) / 1e6));
      const [lower, upper] = [slope - half, slope + half];
      console.log(
        `  ${name.padEnd(22)} ${(60 * slope).toFixed(2)} MB an hour (95 %: ${(60 * lower).toFixed(2)} to ${(60 * upper).toFixed(2)})${lower > 0 ? ', which grows' : ''}`,
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
  readonly processes: number | undefined;
  readonly heap: number;
  readonly server: number;
}

async function measured(town: ServedTown, watched: WatchedPage): Promise<Row> {
  await watched.collectGarbage();
  const metrics = await watched.metrics();
  const { heapBytes, rssBytes } = await town.usage();
  return {
    page: metrics.get('JSHeapUsedSize')!,
    nodes: metrics.get('Nodes')!,
    listeners: metrics.get('JSEventListeners')!,
    processes: await watched.resident(),
    heap: heapBytes,
    server: rssBytes,
  };
}

/** Plays for so many milliseconds. @returns ticks played */
async function play(town: ServedTown, { page }: WatchedPage, ms: number): Promise<number> {
  const end = performance.now() + ms;
  let played = 0;
  let { tick } = await town.health();
  while (performance.now() < end) {
    const now = await town.health();
    played += now.tick >= tick ? now.tick - tick : now.tick;
    tick = now.tick;
    if (now.clock === 'ended') await page.getByRole('button', { name: /^Play again/ }).click();
    if (now.clock === 'paused') await page.getByRole('button', { name: 'Play', exact: true }).click();
    await setTimeout(Math.min(500, Math.max(1, end - performance.now())));
  }
  return played;
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);

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
