/**
 * The viewer in a real Chromium, for tests: a file calls `inBrowser` once, on top, and gets servers and pages by `open`
 * of what it returns. Whatever a page complains about fails the test, unless the test says that it is meant.
 */
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { CHROMIUM_FLAGS, findChromium } from '../tools/chromium.ts';
import { type Health, healthSchema } from './protocol/status.ts';
import { type Serving, serve } from './server/serve.ts';

const WINDOW = { width: 1280, height: 720 };

/** Longest wait for anything, in milliseconds; a busy machine takes its time. */
export const PATIENCE = 60_000;

export interface OpenOptions extends BrowserContextOptions {
  /** Whether the page gets the token, and so control. Default true. */
  readonly token?: boolean;
  /** Whether the page is this test's alone, for what cannot be taken back: scripts that it begins with. Default false. */
  readonly own?: boolean;
}

/**
 * The page of the test before, empty: it is looked into again, since a page that begins anew takes Chromium three times the
 * work of one that goes on.
 */
let kept: Page | undefined;
/** Takes what it complains about. */
let complain: (text: string) => void;

/** One server and one page at a time: those of the test that runs. */
export class BrowserStage {
  /** Folder of the built viewer, which serves as a workspace too. */
  viewer!: string;
  browser!: Browser;
  serving!: Serving;
  context!: BrowserContext;
  #page: Page | undefined;
  #own = false;
  /** What the page has complained about: errors, warnings, violations of its policy. */
  complaints: string[] = [];

  /** A server of its own and a page that looks at it, connected. */
  async open(options: Partial<Parameters<typeof serve>[0]> = {}, view: OpenOptions = {}): Promise<Page> {
    const { token = true, own, viewport = WINDOW, reducedMotion = 'reduce', ...contextOptions } = view;
    this.complaints = [];
    this.serving = await this.serve(options);
    this.#own = own === true || Object.keys(contextOptions).length > 0;
    const page = (this.#own ? undefined : kept) ?? (await this.#newPage(contextOptions));
    if (page === kept) kept = undefined;
    this.#page = page;
    this.context = page.context();
    if (viewport) await page.setViewportSize(viewport);
    // Nothing moves unless a test is about that: software draws sixty pictures a second of a tick that is on its way.
    await page.emulateMedia({ reducedMotion, colorScheme: 'light' });
    complain = (text) => this.complaints.push(text);
    await page.goto(token ? this.serving.url : this.serving.url.replace(/#.*/, ''));
    await region(page, 'Status').getByText('Connected').waitFor();
    return page;
  }

  async #newPage(options: BrowserContextOptions): Promise<Page> {
    const context = await this.browser.newContext(options);
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    page.on('pageerror', (error) => complain(error.message));
    page.on('console', (message) => {
      // Chromium warns of software rendering; everything else is meant.
      if (['error', 'warning'].includes(message.type()) && !/GL Driver Message|WebGL/.test(message.text()))
        complain(message.text());
    });
    await page.addInitScript(
      "addEventListener('securitypolicyviolation', (e) => console.error('policy violation: ' + e.violatedDirective + ' ' + e.blockedURI))",
    );
    return page;
  }

  /** Leaves page and server. @param spoilt whether nobody knows what became of the page: the next one begins anew */
  async leave(spoilt = false): Promise<void> {
    const page = this.#page;
    this.#page = undefined;
    if (page && !(this.#own || spoilt || page.isClosed()) && (await emptied(page))) kept = page;
    else await page?.context().close();
    await this.serving?.close();
  }

  /** A paused town of 10,000 on any free port; another one may be asked for in part. */
  serve(options: Partial<Parameters<typeof serve>[0]> = {}): Promise<Serving> {
    return serve({
      scenario: iceCream,
      agents: 10_000,
      policy: 'student:mlp',
      teacher: 'tiny',
      port: 0,
      seed: 7,
      workspace: this.viewer,
      viewer: this.viewer,
      autoplay: false,
      ...options,
    });
  }

  /** Forgives what Chromium says, and will say, of a server that is gone. */
  forgiveLostConnection(): void {
    const isForgiven = (text: string) => /WebSocket connection|ERR_CONNECTION|ERR_INTERNET_DISCONNECTED/.test(text);
    this.complaints = this.complaints.filter((text) => !isForgiven(text));
    complain = (text) => {
      if (!isForgiven(text)) this.complaints.push(text);
    };
  }

  async health(): Promise<Health> {
    return healthSchema.parse(await (await fetch(`http://127.0.0.1:${this.serving.port}/api/health`)).json());
  }

  /** Waits until the run is as the condition wants it. */
  async until(condition: (now: Health) => boolean): Promise<Health> {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const now = await this.health();
      if (condition(now)) return now;
      if (Date.now() > deadline) throw new Error(`waited ${PATIENCE} ms in vain; the run: ${JSON.stringify(now)}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

/** Leaves a page as if it were new; false if it cannot be. */
async function emptied(page: Page): Promise<boolean> {
  try {
    for (const other of page.context().pages()) if (other !== page) await other.close();
    // Another server may get the same port.
    await page.evaluate('localStorage.clear(); sessionStorage.clear()');
    await page.mouse.move(0, 0);
    await page.goto('about:blank');
    return true;
  } catch {
    return false;
  }
}

/** Of this process, whose test files share it; Playwright closes it when the process ends. */
let chromiumOfAll: Promise<Browser> | undefined;

/** Lays out the viewer and has a Chromium for the tests of a file; each test's server and pages are closed after it. */
export function inBrowser(): BrowserStage {
  const stage = new BrowserStage();

  beforeAll(async () => {
    stage.viewer = await mkdtemp(join(tmpdir(), 'viewer-'));
    if (!(await chromiumOfAll)?.isConnected())
      chromiumOfAll = findChromium(console.error).then((executablePath) =>
        chromium.launch({ executablePath, args: CHROMIUM_FLAGS }),
      );
    [stage.browser] = await Promise.all([chromiumOfAll!, layViewer(stage.viewer)]);
  }, 300_000);

  afterAll(() => rm(stage.viewer, { recursive: true, force: true }));

  afterEach(async ({ task }) => {
    await stage.leave(task.result?.state === 'fail');
    expect(stage.complaints).toEqual([]);
  });

  return stage;
}

/** Puts the viewer into a folder: that of dist/, or, if its sources were changed since, one that is built once for all tests. */
async function layViewer(folder: string): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { digestOfBuild, sourceDigest } = await import(new URL('../tools/sources.mjs', import.meta.url).href);
  const dist = join(root, 'dist');
  const digest = sourceDigest(root);
  if (digestOfBuild(dist) === digest) return cp(join(dist, 'viewer'), folder, { recursive: true });
  const kept = join(root, 'node_modules', '.understudy-test', `viewer-${digest}`);
  if (!existsSync(kept)) {
    const outDir = `${kept}-${process.pid}`;
    const configFile = fileURLToPath(new URL('viewer/vite.config.ts', import.meta.url));
    await build({ configFile, build: { outDir, emptyOutDir: true }, logLevel: 'warn' });
    // Whoever comes second has built the same.
    await rename(outDir, kept).catch(() => rm(outDir, { recursive: true, force: true }));
  }
  await cp(kept, folder, { recursive: true });
}

export const region = (page: Page, name: string) => page.getByRole('region', { name });

export const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** Number beside a chart's title; NaN before there is one. */
export const reading = async (page: Page, title: string): Promise<number> =>
  Number(
    (await region(page, 'Charts').locator('figure', { hasText: title }).locator('.chart-value').textContent())!.replace(
      /,/g,
      '',
    ),
  );
