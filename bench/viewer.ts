import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { CHROMIUM_FLAGS, findChromium } from '../tools/chromium.ts';
import { ServedTown } from './served-town.ts';
import { WatchedPage } from './watched-page.ts';

/** Seconds that a town is watched while it plays. */
const SECONDS = 12;

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
  await page.waitForTimeout(1500);
  const before = { metrics: await watched.metrics(), processes: await watched.processes(), tick: await tickOf(town) };
  const { cpuMs } = await town.usage();
  const began = performance.now();
  const pictures = [...(await watched.pictures(page.waitForTimeout(SECONDS * 1000)))].sort((a, b) => a - b);
  const seconds = (performance.now() - began) / 1000;
  const ticks = (await tickOf(town)) - before.tick;
  const served = (await town.usage()).cpuMs - cpuMs;
  const processes = await watched.processes();
  const metrics = await watched.metrics();
  const at = (share: number) => (pictures[Math.floor(share * (pictures.length - 1))] ?? Number.NaN).toFixed(2);
  const each = (...names: string[]) =>
    ((1000 * names.reduce((sum, name) => sum + metrics.get(name)! - before.metrics.get(name)!, 0)) / ticks).toFixed(1);
  const cpu = (type: string) => (((processes.get(type) ?? 0) - (before.processes.get(type) ?? 0)) / ticks).toFixed(1);
  return [
    `${agents.toLocaleString('en-GB').padStart(9)} agents: first agents drawn after ${first.toFixed(2)} s`,
    `${(ticks / seconds).toFixed(1)} ticks/s, ${(pictures.length / seconds).toFixed(1)} pictures/s`,
    `JavaScript a picture ${at(0.5)} ms of CPU (median), ${at(0.95)} ms (95 %)`,
    `a tick in the page: JavaScript ${each('ScriptDuration')} ms, layout and style ${each('LayoutDuration', 'RecalcStyleDuration')} ms`,
    `CPU of a tick: server ${(served / ticks).toFixed(1)} ms, page ${cpu('renderer')} ms, drawing ${cpu('GPU')} ms, the browser's own ${cpu('browser')} ms`,
  ].join('; ');
}

const tickOf = async (town: ServedTown): Promise<number> => (await town.health()).tick;

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
