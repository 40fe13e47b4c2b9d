import { existsSync, readFileSync } from 'node:fs';
import type { Browser, CDPSession, Page } from 'playwright-core';

/** Longest wait for a page, in milliseconds. */
const PATIENCE = 120_000;

/** Callbacks that follow each other within this many microseconds are for one picture. */
const ONE_PICTURE_US = 1000;

/** Notes, in the page, when the first agents were drawn. */
const notes = `
  globalThis.noted = { first: undefined };
  for (const name of ['drawArrays', 'drawArraysInstanced']) {
    const draw = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function (...rest) {
      noted.first ??= performance.now();
      return draw.apply(this, rest);
    };
  }`;

/** A span of a thread's time in Chromium's trace: beginning and length in microseconds, and how much of that was CPU. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
}

const isWithin = (inner: TraceEvent, outer: TraceEvent): boolean =>
  inner.pid === outer.pid && inner.tid === outer.tid && inner.ts >= outer.ts && inner.ts < outer.ts + outer.dur!;

const sumOf = (events: readonly TraceEvent[]): number => events.reduce((sum, { tdur }) => sum + (tdur ?? 0), 0);

/** The viewer in a Chromium that is measured. */
export class WatchedPage implements AsyncDisposable {
  readonly page: Page;
  readonly #devtools: CDPSession;
  readonly #machine: CDPSession;

  private constructor(page: Page, devtools: CDPSession, machine: CDPSession) {
    this.page = page;
    this.#devtools = devtools;
    this.#machine = machine;
  }

  /** A page that shows agents. */
  static async open(browser: Browser, url: string): Promise<WatchedPage> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    page.setDefaultTimeout(PATIENCE);
    await page.addInitScript(notes);
    const devtools = await page.context().newCDPSession(page);
    // CPU time of the page's thread, so that other work on the machine does not count.
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    await page.goto(url);
    // As an expression: the page's policy admits no function from a string.
    while ((await page.evaluate('noted.first')) === undefined) await page.waitForTimeout(50);
    return new WatchedPage(page, devtools, await browser.newBrowserCDPSession());
  }

  /** Seconds until the first agents were drawn. */
  async firstPicture(): Promise<number> {
    return ((await this.page.evaluate('noted.first')) as number) / 1000;
  }

  /**
   * Milliseconds of CPU that JavaScript takes before each picture, all that is called back for it together, while something is
   * waited for. Styles and layout that it has computed on its way are not JavaScript, and stand in the metrics of theirs.
   */
  async pictures(during: Promise<unknown>): Promise<readonly number[]> {
    const browser = this.page.context().browser()!;
    await browser.startTracing(this.page, { categories: ['devtools.timeline'] });
    await during;
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
    const named = (...names: string[]) =>
      traceEvents.filter(({ name, tdur }) => names.includes(name) && tdur !== undefined);
    const computed = named('Layout', 'UpdateLayoutTree');
    const pictures: TraceEvent[][] = [];
    for (const call of named('FireAnimationFrame').sort((a, b) => a.ts - b.ts)) {
      const last = pictures.at(-1)?.at(-1);
      // What is called back for one picture follows at once; the next picture is milliseconds away.
      if (last && call.ts - (last.ts + last.dur!) < ONE_PICTURE_US) pictures.at(-1)!.push(call);
      else pictures.push([call]);
    }
    return pictures.map((calls) => {
      const within = computed.filter((event) => calls.some((call) => isWithin(event, call)));
      return (sumOf(calls) - sumOf(within)) / 1000;
    });
  }

  /** Chromium's own figures, by their names. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const { metrics } = await this.#devtools.send('Performance.getMetrics');
    return new Map(metrics.map(({ name, value }) => [name, value]));
  }

  async collectGarbage(): Promise<void> {
    await this.#devtools.send('HeapProfiler.collectGarbage');
  }

  /** CPU milliseconds of each kind of process of the browser since it started. */
  async processes(): Promise<ReadonlyMap<string, number>> {
    const { processInfo } = await this.#machine.send('SystemInfo.getProcessInfo');
    const all = new Map<string, number>();
    for (const { type, cpuTime } of processInfo) all.set(type, (all.get(type) ?? 0) + 1000 * cpuTime);
    return all;
  }

  /** Resident bytes of the page's process, or of the one that draws; NaN off Linux. */
  async resident(kind: 'renderer' | 'GPU'): Promise<number> {
    const { processInfo } = await this.#machine.send('SystemInfo.getProcessInfo');
    return processInfo
      .filter(({ type }) => type === kind)
      .reduce((sum, { id }) => {
        const status = `/proc/${id}/status`;
        const [, kilobytes] = (existsSync(status) && /VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))) || [];
        return sum + 1024 * Number(kilobytes);
      }, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
    await this.#machine.detach();
  }
}
