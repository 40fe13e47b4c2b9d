import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Browser, chromium } from 'playwright-core';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { CHROMIUM_FLAGS, findChromium } from '../tools/chromium.ts';
import { ServedTown } from './served-town.ts';
import { WatchedPage } from './watched-page.ts';

/** Seconds that a town is watched while it plays, over as many seasons as that takes. */
const SECONDS = 12;

/** Milliseconds from the beginning of a season that do not count, and ticks before its end. */
const WARM_UP = 1500;
const LAST_TICKS = 10;

/**
 * What the viewer costs: a town of 10,000, 100,000 and 1,000,000 agents, at 30 ticks a second if it gets there, in
 * Chromium on this machine. Needs a built dist/.
 * @param sizes default: all three
 */
export async function viewer(...sizes: number[]): Promise<void> {
  const browser = await chromium.launch({ executablePath: await findChromium(console.error), args: CHROMIUM_FLAGS });
  const workspace = await mkdtemp(join(tmpdir(), 'bench-viewer-'));
  try {
    const renderer = await rendererOf(browser);
    console.log(
      `\nThe viewer at 1280×720 in Chromium ${browser.version()}; pictures by ${renderer}. The server and the browser share the cores.`,
    );
    for (const agents of sizes.length > 0 ? sizes : [10_000, 100_000, 1_000_000])
      console.log(`  ${await watch(browser, workspace, agents)}`);
  } finally {
    await browser.close();
    await rm(workspace, { recursive: true, force: true });
  }
}

async function watch(browser: Browser, workspace: string, agents: number): Promise<string> {
  await using town = await ServedTown.open(workspace, agents);
  await using watched = await WatchedPage.open(browser, town.url);
  const { page } = watched;
  const first = await watched.firstPicture();
  await page.getByRole('checkbox', { name: 'Ask the teacher in the background' }).uncheck();
  await page.getByRole('slider', { name: 'Speed' }).fill('30');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  const windows = [await played(town, watched, SECONDS)];
  const seconds = () => sumOf(windows, (window) => window.seconds);
  while (seconds() < SECONDS) {
    await page.getByRole('button', { name: /^Play again/ }).click();
    windows.push(await played(town, watched, SECONDS - seconds()));
  }
  const pictures = windows.flatMap((window) => window.pictures).sort((a, b) => a - b);
  const ticks = sumOf(windows, (window) => window.ticks);
  const at = (share: number) => (pictures[Math.floor(share * (pictures.length - 1))] ?? Number.NaN).toFixed(2);
  const each = (name: string) => (sumOf(windows, ({ ms }) => ms.get(name) ?? 0) / ticks).toFixed(1);
  return [
    `${agents.toLocaleString('en-GB').padStart(9)} agents: first agents drawn after ${first.toFixed(2)} s`,
    `${(ticks / seconds()).toFixed(1)} ticks/s, ${(pictures.length / seconds()).toFixed(1)} pictures/s`,
    `JavaScript a picture ${at(0.5)} ms of CPU (median), ${at(0.95)} ms (95 %)`,
    `a tick in the page: JavaScript ${each('script')} ms, layout and style ${each('layout')} ms`,
    `CPU of a tick: server ${each('server')} ms, page ${each('renderer')} ms, drawing ${each('GPU')} ms, the browser's own ${each('browser')} ms`,
  ].join('; ');
}

interface Played {
  readonly ticks: number;
  readonly seconds: number;
  /** Milliseconds of CPU of JavaScript before each picture. */
  readonly pictures: readonly number[];
  /** Milliseconds of CPU by what took them. */
  readonly ms: ReadonlyMap<string, number>;
}

/** A season that has begun is watched for so many seconds, or until shortly before its end. It plays on to its end if that is near. */
async function played(town: ServedTown, watched: WatchedPage, seconds: number): Promise<Played> {
  await setTimeout(WARM_UP);
  const before = await usedBy(town, watched);
  const { tick: first } = await town.health();
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  let end = { tick: first, seconds: 0 };
  const pictures = await watched.pictures(
    (async () => {
      while (end.seconds < seconds && end.tick < iceCream.horizon - LAST_TICKS) {
        await setTimeout(100);
        end = { tick: (await town.health()).tick, seconds: elapsed() };
      }
    })(),
  );
  const after = await usedBy(town, watched);
  while (end.seconds < seconds && (await town.health()).clock !== 'ended') await setTimeout(100);
  return {
    ticks: end.tick - first,
    seconds: end.seconds,
    pictures,
    ms: new Map([...after].map(([name, ms]) => [name, ms - (before.get(name) ?? 0)])),
  };
}

/** Milliseconds of CPU since the beginning by what took them. */
async function usedBy(town: ServedTown, watched: WatchedPage): Promise<Map<string, number>> {
  const metrics = await watched.metrics();
  const seconds = (...names: string[]) => names.reduce((sum, name) => sum + metrics.get(name)!, 0);
  return new Map([
    ...(await watched.processes()),
    ['server', (await town.usage()).cpuMs],
    ['script', 1000 * seconds('ScriptDuration')],
    ['layout', 1000 * seconds('LayoutDuration', 'RecalcStyleDuration')],
  ]);
}

const sumOf = <T>(of: readonly T[], value: (one: T) => number): number => of.reduce((sum, one) => sum + value(one), 0);

async function rendererOf(browser: Browser): Promise<string> {
  const page = await browser.newPage();
  const name = await page.evaluate(`(() => {
    const gl = document.createElement('canvas').getContext('webgl2');
    const info = gl?.getExtension('WEBGL_debug_renderer_info');
    return info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : 'an unknown renderer';
  })()`);
  await page.close();
  return String(name);
}
