import type { Page } from 'playwright-core';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, it } from 'vitest';
import { mix } from '../env/chance.ts';
import { defineScenario } from '../env/define-scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { inBrowser, PATIENCE, press, region } from './browser.test-support.ts';
import { decodeFrame, type Frame } from './frame.ts';
import type { Hello } from './protocol/hello.ts';
import type { Update } from './protocol/update.ts';
import { layOut, radiusOf } from './viewer/town/layout.ts';

const stage = inBrowser();

type Rgb = readonly [number, number, number];
/** What the server says of the tick on show. */
interface Truth {
  readonly hello: Hello;
  readonly frame: Frame;
  readonly people: readonly (readonly number[])[];
}

const sockets: ReturnType<typeof io>[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});

function truth(): Promise<Truth> {
  const socket = io(`http://127.0.0.1:${stage.serving.port}`, {
    path: '/socket',
    transports: ['websocket'],
    forceNew: true,
  });
  sockets.push(socket);
  let hello: Hello;
  socket.on('hello', (said: Hello) => {
    hello = said;
  });
  return new Promise((resolve) => {
    socket.on('update', (update: Update, bytes: Buffer | null, acknowledge: () => void) => {
      acknowledge();
      if (bytes && update.traitSets) resolve({ hello, frame: decodeFrame(bytes), people: update.traitSets });
    });
  });
}

const channels = (hex: string): Rgb => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as unknown as Rgb;
const variable = async (page: Page, name: string) =>
  String(await page.evaluate(`getComputedStyle(document.documentElement).getPropertyValue('${name}').trim()`));

/** The agents on black ground, with nothing else. */
async function bare(page: Page): Promise<void> {
  await page.evaluate(`
    for (const element of document.querySelectorAll('.scenery, .above, .labels, .sky-sign, .tooltip')) element.style.display = 'none';
    document.querySelector('.town-ground').style.background = '#000';
    document.querySelector('.town-ground').style.transition = 'none';
  `);
}

/**
 * Colours of the pixels around each place, all of them within its crowd.
 * @returns by place: distinct colours with their number of pixels
 */
async function pixels(page: Page, truth: Truth): Promise<{ colour: Rgb; count: number }[][]> {
  const box = (await region(page, 'Town').locator('.town-box').boundingBox())!;
  const layout = layOut(box.width, box.height, truth.hello.scenario.places);
  const shares = layout.places.map(
    (_, i) => truth.frame.places.filter((at) => at === i).length / truth.frame.places.length,
  );
  const circles = layout.places.map(({ x, y }, i) => [x, y, radiusOf(layout, shares[i]!) + 5]);
  const counted = await page.evaluate<[number, number][][]>(`(async (bytes, circles) => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))]));
    const copy = new OffscreenCanvas(image.width, image.height).getContext('2d');
    copy.drawImage(image, 0, 0);
    const { data } = copy.getImageData(0, 0, image.width, image.height);
    return circles.map(([x, y, radius]) => {
      const counts = new Map();
      for (let py = Math.max(0, Math.floor(y - radius)); py < Math.min(image.height, y + radius); py++)
        for (let px = Math.max(0, Math.floor(x - radius)); px < Math.min(image.width, x + radius); px++) {
          if (Math.hypot(px + 0.5 - x, py + 0.5 - y) > radius) continue;
          const at = 4 * (py * image.width + px);
          const colour = data[at] * 65536 + data[at + 1] * 256 + data[at + 2];
          if (colour > 0) counts.set(colour, (counts.get(colour) ?? 0) + 1);
        }
      return [...counts];
    });
  })(${JSON.stringify((await page.screenshot({ clip: box })).toString('base64'))}, ${JSON.stringify(circles)})`);
  return counted.map((colours) =>
    colours.map(([rgb, count]) => ({ colour: [rgb >> 16, (rgb >> 8) & 255, rgb & 255] as const, count })),
  );
}

/** Of the paint of two colours on black, the share of the second: least squares over the mean of the pixels. */
function shareOfSecond(painted: readonly { colour: Rgb; count: number }[], first: Rgb, second: Rgb): number {
  const mean = [0, 1, 2].map((i) => painted.reduce((sum, { colour, count }) => sum + colour[i]! * count, 0));
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
  const [aa, ab, bb] = [dot(first, first), dot(first, second), dot(second, second)];
  const [ma, mb] = [dot(mean, first), dot(mean, second)];
  const [wa, wb] = [ma * bb - mb * ab, mb * aa - ma * ab];
  return wb / (wa + wb);
}

/**
 * Of the paint of several colours, the share of each. A pixel holds four samples, each of one agent or of the ground.
 */
function sharesOf(painted: readonly { colour: Rgb; count: number }[], colours: readonly Rgb[]): number[] {
  const mixes: { colour: number[]; of: number[] }[] = [];
  const add = (of: number[], left: number, from: number) => {
    if (of.some((n) => n > 0))
      mixes.push({ of, colour: [0, 1, 2].map((i) => of.reduce((sum, n, a) => sum + (n * colours[a]![i]!) / 4, 0)) });
    for (let a = from; left > 0 && a < colours.length; a++)
      add(
        of.map((n, b) => (a === b ? n + 1 : n)),
        left - 1,
        a,
      );
  };
  add(
    colours.map(() => 0),
    4,
    0,
  );
  const totals = colours.map(() => 0);
  for (const { colour, count } of painted) {
    const distance = (mix: { colour: number[] }) => mix.colour.reduce((sum, v, i) => sum + (v - colour[i]!) ** 2, 0);
    const { of } = mixes.reduce((best, mix) => (distance(mix) < distance(best) ? mix : best));
    of.forEach((n, a) => (totals[a]! += n * count));
  }
  const all = totals.reduce((sum, n) => sum + n, 0);
  return totals.map((n) => n / all);
}

/** A smaller place cannot show a share to two points: they are two of its pixels, each of which has one colour. */
const PIXELS = 100;

/** By place: the share of its agents for whom something holds; NaN where nobody is. */
const shares = ({ frame, hello }: Truth, holds: (agent: number) => boolean): number[] =>
  hello.scenario.places.map((_, place) => {
    const there = [...frame.places.keys()].filter((agent) => frame.places[agent] === place);
    return there.filter(holds).length / there.length;
  });

const areaOf = (painted: readonly { count: number }[]): number => painted.reduce((sum, { count }) => sum + count, 0);

async function stepTo(page: Page, tick: number): Promise<void> {
  for (let next = 1; next <= tick; next++) {
    await press(page, 'Step');
    await stage.until((now) => now.tick === next);
  }
  await region(page, 'Status')
    .getByText(new RegExp(`^${tick} of`))
    .waitFor();
}

describe('the picture of the town', () => {
  // Of more than 100,000 a part is drawn.
  it.each([1000, 10_000, 100_000, 1_000_000])('paints shares as they are, of %d agents', async (agents) => {
    // Nobody walks: the picture is at rest once the tick is there.
    const page = await stage.open({ agents, teacher: 'oracle' });
    await stepTo(page, agents > 100_000 ? 1 : 4);
    await bare(page);
    const now = await truth();
    const compare = async (first: Rgb, second: Rgb, true_: readonly number[]) => {
      await expect
        .poll(
          async () => {
            const off = (await pixels(page, now)).flatMap((seen, place) =>
              areaOf(seen) < PIXELS ? [] : [Math.abs(shareOfSecond(seen, first, second) - true_[place]!)],
            );
            expect(off.length).toBeGreaterThan(3);
            return Math.max(...off);
          },
          { timeout: 15_000 },
        )
        .toBeLessThan(0.02);
    };
    const [skip, buy] = now.hello.scenario.actions.map(({ colour }) => channels(colour.light)) as [Rgb, Rgb];
    await compare(
      skip,
      buy,
      shares(now, (agent) => now.frame.played!.actions[agent] === 1),
    );

    const trait = now.hello.scenario.traits[0]!;
    await page.getByLabel('Colour by').selectOption({ label: trait });
    const [without, having] = [await variable(page, '--trait-without'), await variable(page, '--trait-with')];
    const has = now.people.map((set) => set.includes(0));
    await compare(
      channels(without),
      channels(having),
      shares(now, (agent) => has[now.frame.traitSets!.of[agent]!]!),
    );
  });

  it('paints a probability in the colour that the legend has for it, at any number of agents', async () => {
    for (const agents of [1000, 200_000]) {
      const page = await stage.open({ agents, policy: 'constant:0.235', teacher: 'oracle' });
      await page.getByLabel('Colour by').selectOption({ label: 'P(buy)' });
      await stepTo(page, 1);
      await bare(page);
      // As the browser itself paints the legend's gradient at .235.
      const bar = (await page.locator('.key-ramp').boundingBox())!;
      const legend = channels(
        await page.evaluate<string>(`(async (bytes) => {
          const image = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))]));
          const copy = new OffscreenCanvas(image.width, image.height).getContext('2d');
          copy.drawImage(image, 0, 0);
          const [r, g, b] = copy.getImageData(Math.floor(image.width * 0.235), image.height >> 1, 1, 1).data;
          return '#' + [r, g, b].map((v) => v.toString(16).padStart(2, '0')).join('');
        })(${JSON.stringify((await page.screenshot({ clip: bar })).toString('base64'))})`),
      );
      const now = await truth();
      await expect
        .poll(
          async () => {
            const all = (await pixels(page, now)).flat();
            const most = all.reduce((best, one) => (one.count > best.count ? one : best), {
              colour: [0, 0, 0] as Rgb,
              count: 0,
            });
            return Math.max(...most.colour.map((v, i) => Math.abs(v - legend[i]!)));
          },
          { timeout: PATIENCE },
        )
        .toBeLessThanOrEqual(4);
      if (agents === 1000) await stage.leave();
    }
  });

  it('paints the shares of five actions', async () => {
    const page = await stage.open({ scenario: mobilityTown(), agents: 100_000, policy: 'uniform', teacher: 'oracle' });
    await stepTo(page, 1);
    await bare(page);
    const now = await truth();
    const colours = now.hello.scenario.actions.map(({ colour }) => channels(colour.light));
    await expect
      .poll(
        async () => {
          const seen = await pixels(page, now);
          const off = colours.flatMap((_, action) =>
            shares(now, (agent) => now.frame.played!.actions[agent] === action).flatMap((share, place) =>
              areaOf(seen[place]!) < PIXELS ? [] : [Math.abs(sharesOf(seen[place]!, colours)[action]! - share)],
            ),
          );
          return Math.max(...off);
        },
        { timeout: 15_000 },
      )
      .toBeLessThan(0.02);
  });
});

/** A world of three actions, two groups of people and no map. */
const opinions = defineScenario({
  id: 'opinions',
  actions: ['abstain', 'agree', 'object'],
  horizon: 10,
  discount: 1,
  traits: { groups: { age: ['young', 'old'] }, phrases: ['has a garden'] },
  contexts: {},
  world: {},
  agent: { heard: { levels: ['no', 'yes'], start: 'no', next: ({ heard }) => mix(0.5, heard, 'yes') } },
  reward: () => 0,
});

describe('the camera', () => {
  const labels = (page: Page) => region(page, 'Town').getByRole('list', { name: 'Places' }).getByRole('listitem');
  const scale = async (page: Page) =>
    Number(/scale\(([\d.]+)\)/.exec((await page.locator('.scenery > g').getAttribute('transform')) ?? '')?.[1]);

  it('zooms and moves by wheel, hand, keys and buttons, and shows the whole town again', async () => {
    const page = await stage.open({ policy: 'constant:0.3', teacher: 'oracle', agents: 2000 });
    await expect.poll(() => scale(page), { timeout: PATIENCE }).toBe(1);
    const map = page.getByRole('application', { name: 'Map' });
    const box = (await map.boundingBox())!;
    const at = { x: box.x + box.width * 0.25, y: box.y + box.height * 0.3 };
    await page.mouse.move(at.x, at.y);
    await page.mouse.wheel(0, -400);
    await expect.poll(() => scale(page)).toBeGreaterThan(1.5);
    // What was under the pointer stays there.
    const where = await page.locator('.scenery > g').getAttribute('transform');
    const [left, top, zoom] = /translate\((\S+) (\S+)\) scale\((\S+)\)/.exec(where!)!.slice(1).map(Number);
    expect(left! + zoom! * box.width * 0.25).toBeCloseTo(box.width * 0.25, 0);
    expect(top! + zoom! * box.height * 0.3).toBeCloseTo(box.height * 0.3, 0);
    // A drag moves the picture and picks nobody.
    await page.mouse.down();
    await page.mouse.move(at.x + 30, at.y + 10, { steps: 3 });
    await page.mouse.up();
    await expect.poll(() => page.locator('.scenery > g').getAttribute('transform')).not.toBe(where);
    expect(await page.getByLabel('Agent', { exact: true }).inputValue()).toBe('');
    await press(page, 'Whole town');
    await expect.poll(() => scale(page)).toBe(1);
    await press(page, 'Zoom in');
    await expect.poll(() => scale(page)).toBe(1.5);
    await map.focus();
    await page.keyboard.press('0');
    await expect.poll(() => scale(page)).toBe(1);
  });

  it('obeys the keyboard: arrows move the map and not the run, Enter picks who is in the middle, F follows', async () => {
    const page = await stage.open(
      { policy: 'constant:0.3', teacher: 'oracle', agents: 2000 },
      { viewport: { width: 1440, height: 900 } },
    );
    await press(page, 'Step');
    await stage.until(({ tick }) => tick === 1);
    const map = page.getByRole('application', { name: 'Map' });
    await labels(page).first().waitFor();
    await map.focus();
    for (const key of ['+', '+', '+', '+', 'ArrowLeft', 'ArrowUp']) await page.keyboard.press(key);
    expect((await stage.health()).tick).toBe(1);
    // Over to a crowd: whoever stands in the middle is told.
    await page.keyboard.press('0');
    const crowded = (await region(page, 'Town').locator('.town-box').boundingBox())!;
    await page.mouse.move(crowded.x + crowded.width * 0.17, crowded.y + crowded.height * 0.25);
    for (let i = 0; i < 3; i++) await page.mouse.wheel(0, -400);
    await expect.poll(() => scale(page)).toBeGreaterThan(4);
    await page.mouse.move(0, 0);
    // An arrow moves by .12 of the picture: from the middle to .17 and .25 of it.
    for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowUp', 'ArrowUp']) await page.keyboard.press(key);
    const told = page.locator('.tooltip[role=status] strong');
    await expect.poll(() => told.textContent(), { timeout: PATIENCE }).toMatch(/^Agent [\d,]+$/);
    await page.keyboard.press('Enter');
    // What is told follows the map once that has come to rest.
    const picked = async () => page.getByLabel('Agent', { exact: true }).inputValue();
    await expect.poll(async () => (await told.textContent())?.replace(/\D/g, '') === (await picked())).toBe(true);
    expect(await picked()).toMatch(/^\d+$/);
    await page.keyboard.press('f');
    await page.getByRole('button', { name: 'Follow the agent', pressed: true }).waitFor();
    await expect.poll(() => scale(page)).toBeGreaterThanOrEqual(3);
  });
});

describe('a world without a map', () => {
  it('is arranged by what people did, or by who they are, with labels that count', async () => {
    const page = await stage.open({ scenario: opinions, agents: 900, policy: 'uniform', teacher: 'oracle' });
    const labels = region(page, 'Town').getByRole('list', { name: 'Places' }).getByRole('listitem');
    await labels.getByText('not decided yet').first().waitFor();
    await press(page, 'Step');
    await region(page, 'Status').getByText('1 of 10 ticks played').waitFor();
    const counts = async () =>
      (await labels.locator('.label-count').allInnerTexts()).map(Number).reduce((sum, count) => sum + count, 0);
    await expect.poll(() => labels.locator('.label-name').allInnerTexts()).toEqual(['Abstain', 'Agree', 'Object']);
    await expect.poll(counts).toBe(900);
    await page.getByLabel('Arrange by').selectOption({ label: 'age' });
    await expect.poll(() => labels.locator('.label-name').allInnerTexts()).toEqual(['Young', 'Old']);
    await expect.poll(counts).toBe(900);
    await page.getByLabel('Arrange by').selectOption({ label: 'has a garden' });
    await expect
      .poll(() => labels.locator('.label-name').allInnerTexts())
      .toEqual(['Has a garden', 'Not: has a garden']);
    await expect.poll(counts).toBe(900);
  });
});

it('a town at rest draws nothing', async () => {
  const page = await stage.open(
    { policy: 'constant:0.3', teacher: 'oracle', agents: 2000 },
    { reducedMotion: 'no-preference' },
  );
  await press(page, 'Step');
  await region(page, 'Status').getByText('1 of 210 ticks played').waitFor();
  await page.getByRole('application', { name: 'Map' }).focus();
  await page.waitForTimeout(2500);
  const drawn = await page.evaluate(`(async () => {
    let drawn = 0;
    for (const name of ['drawArrays', 'drawArraysInstanced']) {
      const draw = WebGL2RenderingContext.prototype[name];
      WebGL2RenderingContext.prototype[name] = function (...rest) { drawn++; return draw.apply(this, rest); };
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return [drawn, document.getAnimations().filter(({ playState }) => playState === 'running').length];
  })()`);
  expect(drawn).toEqual([0, 0]);
});
