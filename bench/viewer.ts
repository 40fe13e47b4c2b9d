import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { healthSchema } from '../sim-ui/protocol.ts';
import { type Serving, serve } from '../sim-ui/server/serve.ts';
import { CHROMIUM_FLAGS, findChromium } from '../tools/chromium.ts';

/** Seconds that a town is watched while it plays. */
const SECONDS = 12;

/** Notes, in the page, how long what is called before a picture takes, and when the first agents were drawn. */
const notes = `
  globalThis.noted = { frames: [], first: undefined, drawn: 0 };
  const request = globalThis.requestAnimationFrame;
  globalThis.requestAnimationFrame = (callback) => request((at) => {
    const began = performance.now();
    callback(at);
    noted.frames.push(performance.now() - began);
  });
  for (const name of ['drawArrays', 'drawArraysInstanced']) {
    const draw = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function (...rest) {
      noted.first ??= performance.now();
      noted.drawn++;
      return draw.apply(this, rest);
    };
  }`;

interface Watched {
  readonly page: Page;
  readonly devtools: CDPSession;
  readonly serving: Serving;
}

/**
 * What the viewer costs: a town of 10,000, 100,000 and 1,000,000 agents, at 30 ticks a second if it gets there, in
 * Chromium on this machine. Needs a built dist/. With a number of minutes, then watches 10,000 for so long and says how
 * much memory the page and the server take at its beginning and end.
 */
export async function viewer(minutes = 0): Promise<void> {
  const browser = await chromium.launch({ executablePath: await findChromium(console.error), args: CHROMIUM_FLAGS });
  const workspace = await mkdtemp(join(tmpdir(), 'bench-viewer-'));
  try {
    const renderer = await rendererOf(browser);
    console.log(
      `\nThe viewer at 1280×720 in Chromium ${browser.version()}; pictures by ${renderer}. The server and the browser share the cores.`,
    );
    for (const agents of [10_000, 100_000, 1_000_000]) console.log(`  ${await watch(browser, workspace, agents)}`);
    if (minutes > 0) await soak(browser, workspace, minutes);
  } finally {
    await browser.close();
    await rm(workspace, { recursive: true, force: true });
  }
}

async function open(browser: Browser, workspace: string, agents: number): Promise<Watched> {
  const serving = await serve({
    ...{ scenario: iceCream, agents, policy: 'student:mlp', teacher: 'oracle', seed: 7, workspace },
    ...{ port: 0, autoplay: false },
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  page.setDefaultTimeout(120_000);
  await page.addInitScript(notes);
  const devtools = await page.context().newCDPSession(page);
  // CPU time of the page's thread, so that other work on the machine does not count.
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(serving.url);
  // As an expression: the page's policy admits no function from a string.
  while ((await page.evaluate('noted.first')) === undefined) await page.waitForTimeout(50);
  return { page, devtools, serving };
}

async function watch(browser: Browser, workspace: string, agents: number): Promise<string> {
  const { page, devtools, serving } = await open(browser, workspace, agents);
  try {
    const first = (await page.evaluate('noted.first')) as number;
    await page.getByRole('checkbox', { name: 'Ask the teacher in the background' }).uncheck();
    await page.getByRole('slider', { name: 'Speed' }).fill('30');
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await page.waitForTimeout(1500);
    await page.evaluate('noted.frames.length = 0');
    const before = await metrics(devtools);
    const ticksBefore = await ticksOf(serving);
    const cpu = process.cpuUsage();
    const began = performance.now();
    await page.waitForTimeout(agents > 100_000 ? SECONDS * 1000 : Math.min(SECONDS, 5) * 1000);
    const seconds = (performance.now() - began) / 1000;
    const used = process.cpuUsage(cpu);
    const ticks = (await ticksOf(serving)) - ticksBefore;
    const after = await metrics(devtools);
    const frames = ((await page.evaluate('noted.frames')) as number[]).sort((a, b) => a - b);
    const at = (share: number) => frames[Math.floor(share * (frames.length - 1))] ?? Number.NaN;
    const each = (...names: string[]) =>
      (1000 * names.reduce((sum, name) => sum + after.get(name)! - before.get(name)!, 0)) / ticks;
    return [
      `${agents.toLocaleString('en-GB').padStart(9)} agents: first agents drawn after ${(first / 1000).toFixed(2)} s`,
      `${(ticks / seconds).toFixed(1)} ticks/s, ${(frames.length / seconds).toFixed(1)} pictures/s`,
      `JavaScript a picture ${at(0.5).toFixed(2)} ms (median), ${at(0.95).toFixed(2)} ms (95 %)`,
      `a tick in the page: JavaScript ${each('ScriptDuration').toFixed(1)} ms, layout and style ${each('LayoutDuration', 'RecalcStyleDuration').toFixed(1)} ms`,
      `a tick in the server: ${((used.user + used.system) / 1000 / ticks).toFixed(1)} ms of CPU`,
    ].join('; ');
  } finally {
    await page.close();
    await serving.close();
  }
}

/** Memory at the beginning, once everything is warm, and at the end; the run begins anew whenever it has ended. */
async function soak(browser: Browser, workspace: string, minutes: number): Promise<void> {
  const { page, devtools, serving } = await open(browser, workspace, 10_000);
  try {
    await page.getByRole('slider', { name: 'Speed' }).fill('30');
    const memory = async () => {
      await devtools.send('HeapProfiler.collectGarbage');
      return { page: (await metrics(devtools)).get('JSHeapUsedSize')! / 1e6, server: process.memoryUsage().rss / 1e6 };
    };
    const playUntil = async (end: number) => {
      while (performance.now() < end) {
        const { clock } = await healthOf(serving);
        if (clock === 'ended') await page.getByRole('button', { name: 'Restart', exact: true }).click();
        if (clock !== 'playing') await page.getByRole('button', { name: 'Play', exact: true }).click();
        await page.waitForTimeout(Math.min(1000, Math.max(1, end - performance.now())));
      }
    };
    await playUntil(performance.now() + 20_000);
    const first = await memory();
    await playUntil(performance.now() + minutes * 60_000);
    const last = await memory();
    const grown = (a: number, b: number) => `${a.toFixed(0)} → ${b.toFixed(0)} MB`;
    console.log(
      `  watched for ${minutes} min: heap of the page ${grown(first.page, last.page)}, server with everything in it ${grown(first.server, last.server)}`,
    );
  } finally {
    await page.close();
    await serving.close();
  }
}

const healthOf = async ({ port }: Serving) =>
  healthSchema.parse(await (await fetch(`http://127.0.0.1:${port}/api/health`)).json());
const ticksOf = async (serving: Serving) => (await healthOf(serving)).tick;

async function metrics(devtools: CDPSession): Promise<ReadonlyMap<string, number>> {
  const { metrics: all } = await devtools.send('Performance.getMetrics');
  return new Map(all.map(({ name, value }) => [name, value]));
}

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
