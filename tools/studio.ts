import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { type Health, healthSchema } from '../sim-ui/protocol/status.ts';
import { type ServeOptions, type Serving, serve } from '../sim-ui/server/serve.ts';
import { CHROMIUM_FLAGS, findChromium } from './chromium.ts';

/** Longest wait for anything, in milliseconds; a busy machine takes its time. */
const PATIENCE = 180_000;
/** The longest move in a page takes 1.2 seconds. */
const AT_REST_MS = 1500;

/** A window that the viewer is looked at in. */
export interface View {
  readonly name: string;
  /** CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Device pixels for each of them; default 1. */
  readonly scale?: number;
  readonly colours: 'light' | 'dark';
  /** Whether the picture is of the whole page and not of the window. */
  readonly whole?: boolean;
}

/** A page that looks at a server of its own. */
export interface Scene {
  readonly page: Page;
  serving: Serving;
  /** Another server in the place of the one before, which must be closed. */
  readonly serveAgain: () => Promise<void>;
  /** Waits until the run is as the condition wants it. */
  readonly until: (condition: (now: Health) => boolean) => Promise<void>;
  readonly press: (name: string) => Promise<void>;
  readonly take: (view: View, path: string) => Promise<readonly string[]>;
}

/** A Chromium, and the viewer as the sources say it, whatever dist/ holds. */
export class Studio implements AsyncDisposable {
  readonly #folder: string;
  readonly #browser: Browser;

  private constructor(folder: string, browser: Browser) {
    this.#folder = folder;
    this.#browser = browser;
  }

  static async open(): Promise<Studio> {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const folder = await mkdtemp(join(tmpdir(), 'understudy-studio-'));
    const [executablePath] = await Promise.all([
      findChromium(console.error),
      build({
        configFile: join(root, 'sim-ui', 'viewer', 'vite.config.ts'),
        build: { outDir: join(folder, 'viewer'), emptyOutDir: true },
        logLevel: 'warn',
      }),
    ]);
    return new Studio(folder, await chromium.launch({ executablePath, args: CHROMIUM_FLAGS }));
  }

  /**
   * Serves a paused town in a workspace of its own, and calls with a page that looks at it.
   * @param options default: 10,000 in the ice-cream town
   */
  async play(options: Partial<ServeOptions>, act: (scene: Scene) => Promise<void>): Promise<void> {
    const workspace = await mkdtemp(join(this.#folder, 'workspace-'));
    const viewer = join(this.#folder, 'viewer');
    const serveOn = (port: number) =>
      serve({
        ...{ scenario: iceCream, agents: 10_000, policy: 'student:mlp', teacher: 'tiny', seed: 7 },
        ...{ port, autoplay: false, workspace, viewer, ...options },
      });
    const context = await this.#browser.newContext({ viewport: { width: 1280, height: 720 }, colorScheme: 'light' });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    const scene: Scene = {
      page,
      serving: await serveOn(0),
      serveAgain: async () => {
        scene.serving = await serveOn(scene.serving.port);
      },
      until: (condition) => until(scene.serving.port, condition),
      press: (name) => page.getByRole('button', { name, exact: true }).click(),
      take: (view, path) => take(page, devtools, view, path),
    };
    try {
      await page.goto(scene.serving.url);
      await page.getByRole('region', { name: 'Status' }).getByText('Connected').waitFor();
      await act(scene);
    } finally {
      await context.close();
      await scene.serving.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function until(port: number, condition: (now: Health) => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (performance.now() < deadline) {
    const response = await fetch(`http://127.0.0.1:${port}/api/health`);
    if (condition(healthSchema.parse(await response.json()))) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`the run did not get there within ${PATIENCE / 1000} seconds`);
}

/**
 * Writes a picture of the page once everything has come to rest.
 * @returns what a program can see is wrong: text that is cut, what sticks out of the window
 */
async function take(page: Page, devtools: CDPSession, view: View, path: string): Promise<readonly string[]> {
  const { width, height, scale = 1, colours, whole = false } = view;
  await page.emulateMedia({ colorScheme: colours });
  await devtools.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: scale, mobile: false });
  await page.mouse.move(0, 0);
  await page.waitForTimeout(AT_REST_MS);
  // A busy machine draws late.
  await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
  const wrong = (await page.evaluate(faults)) as string[];
  const { data } = await devtools.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole });
  await writeFile(path, Buffer.from(data, 'base64'));
  await devtools.send('Emulation.clearDeviceMetricsOverride');
  return wrong;
}

/** As an expression, since the page's policy admits no function from a string. */
const faults = `(() => {
  const found = [];
  const named = (element) =>
    element.localName + (element.className?.baseVal ?? element.className ? '.' + String(element.className?.baseVal ?? element.className).trim().replaceAll(' ', '.') : '');
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push('the page is ' + (scrollWidth - clientWidth) + ' pixels too wide');
  for (const element of document.querySelectorAll('body *')) {
    const style = getComputedStyle(element);
    if (style.visibility === 'hidden' || !element.getClientRects().length || element.closest('.sr-only, svg, .uplot')) continue;
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!text) continue;
    const box = element.getBoundingClientRect();
    if (box.right > clientWidth + 1 && !element.closest('[class*=scroll], .runs-box, .table-box')) found.push(named(element) + ' sticks out: ' + element.textContent.slice(0, 60));
    if (style.overflow !== 'visible' && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 3) && !['auto', 'scroll'].includes(style.overflowX) && !['auto', 'scroll'].includes(style.overflowY))
      found.push(named(element) + ' is cut: ' + element.textContent.slice(0, 80));
  }
  return found;
})()`;
