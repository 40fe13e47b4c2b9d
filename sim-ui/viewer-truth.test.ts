import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { observations, phrasesOf } from '../env/observation.ts';
import type { Scenario } from '../env/scenario.ts';
import { FakeServer } from '../policies/models/server/fake-server.test-support.ts';
import { openPolicy } from '../policies/open.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { Simulation } from '../sim/simulation.ts';
import { inBrowser, PATIENCE, press, reading, region } from './browser.test-support.ts';

const stage = inBrowser();
const soon = <T>(read: () => T) => expect.poll(read, { timeout: PATIENCE });
const quick = { policy: 'constant:0.3', teacher: 'oracle', agents: 200 } as const;
const announcements = (page: Page) => page.evaluate<string[]>('window.announced.splice(0)');
const frames = (page: Page, ms: number) =>
  page.evaluate<number>(`(async () => {
    const before = window.frames_asked;
    await new Promise((passed) => setTimeout(passed, ${ms}));
    return window.frames_asked - before;
  })()`);

/** Counts frames that are asked for, and what screen readers are told. */
async function overhear(page: Page): Promise<void> {
  await page.addInitScript(`
    window.frames_asked = 0;
    const ask = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (then) => { window.frames_asked++; return ask(then); };
    window.announced = [];
    addEventListener('DOMContentLoaded', () => new MutationObserver((changes) => {
      const live = '[aria-live], [role=status], [role=alert]';
      const told = new Set(changes.flatMap(({ target, addedNodes }) => {
        const element = target.nodeType === 1 ? target : target.parentElement;
        const added = [...addedNodes].filter((node) => node.nodeType === 1).flatMap((node) => [
          ...(node.matches(live) ? [node] : []), ...node.querySelectorAll(live),
        ]);
        return [element?.closest(live), ...added].filter((region) => region);
      }));
      for (const region of told) window.announced.push(region.textContent);
    }).observe(document.documentElement, { subtree: true, childList: true, characterData: true }));
  `);
  await page.reload();
  await region(page, 'Status').getByText('Connected').waitFor();
}

describe('a teacher whose replies cannot be read', () => {
  let model: FakeServer | undefined;
  afterEach(async () => {
    await stage.leave();
    await model?.[Symbol.asyncDispose]();
  });

  it('has no P anywhere, is quoted in one alert, and pauses the run; its long name fits', async () => {
    let mute = false;
    const name = 'google/gemma-3-4b-it';
    model = await FakeServer.start({
      ...{ kind: 'ollama', logprobs: false, models: [name] },
      reply: (_, usual) => (mute ? 'As a language model I have no appetite.' : usual),
    });
    const teacher = `server:http://${model.host}/v1#${name}`;
    const page = await stage.open(
      { ...quick, teacher, agents: 60, workspace: await mkdtemp(join(tmpdir(), 'workspace-')) },
      { viewport: { width: 1280, height: 720 } },
    );
    const radio = page.getByRole('radio', { name: teacher });
    await soon(() => radio.isEnabled()).toBe(true);
    await page.getByRole('checkbox', { name: 'Ask the teacher in the background' }).uncheck();
    await region(page, 'Status').getByText('No unanswered questions').waitFor();
    mute = true;
    await radio.check();
    await stage.until(({ policy }) => policy === teacher);
    await press(page, 'Play');
    const alert = region(page, 'Status').getByRole('alert');
    await alert.getByText(`60 of 60 agents got no answer from ${name} at tick 0: 60 unreadable.`).waitFor();
    await alert.getByText('As a language model I have no appetite.').waitFor();
    await alert.getByText('The run has paused: more than 10 % had no answer.').waitFor();
    expect(await stage.health()).toMatchObject({ tick: 1, clock: 'paused' });
    expect(await alert.count()).toBe(1);

    const charts = region(page, 'Charts');
    for (const title of ['Sales per tick', 'Mean P'])
      expect(await charts.locator('figure', { hasText: title }).locator('.chart-value').innerText()).toBe('–');
    await charts.getByText('nobody got an answer: took the default').waitFor();
    await page.getByText('Mean P, 60 unanswered').waitFor();
    const failures = region(page, 'Status').getByRole('list', { name: 'Questions without an answer' });
    await failures.getByText(/unreadable: \d+ observations, 60 agents now, 60 in this run/).waitFor();

    await page.getByLabel('Agent', { exact: true }).fill('3');
    const inspector = region(page, 'Inspector');
    await inspector.getByText(`by default: ${name} gave no answer`).waitFor();
    await soon(() => inspector.locator('.of-teacher .verdict-value').innerText()).toBe('no answer');
    await inspector.getByText('No answer: unreadable').first().waitFor();
    await inspector.getByText('As a language model I have no appetite.').first().waitFor();

    // Its name stands whole, on a phone too, and nothing is wider than the window.
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 720 });
      const label = page.locator('.policy-name', { hasText: name });
      await soon(() => label.evaluate((box) => box.scrollWidth <= box.clientWidth)).toBe(true);
      expect(await label.innerText()).toBe(`${name}\n${model.host}`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }

    await alert.getByRole('button', { name: 'Dismiss' }).click();
    await soon(() => alert.count()).toBe(0);
    mute = false;
    await press(page, 'Pause');
  });

  it('is drawn as a part where it has answered a part: a band, and between what the mean lies', async () => {
    await using decides = await openPolicy('constant:0.3', { scenario: iceCream });
    const { masks, counts } = new Simulation({ scenario: iceCream, policy: decides, agents: 4000, seed: 7 }).observed();
    const some = [...masks.keys()].slice(0, Math.ceil(masks.length / 10));
    const coverage = some.reduce((sum, i) => sum + counts[i]!, 0) / 4000;
    const rows = some.map((i) => ({
      ...phrasesOf(iceCream, observations(iceCream, [masks[i]!]), 0),
      probabilities: { skip: 0.9, buy: 0.1 },
    }));
    const file = join(stage.viewer, 'a-few.jsonl');
    await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const page = await stage.open({ ...quick, teacher: `recorded:${file}`, agents: 4000 });
    await press(page, 'Step');
    const note = region(page, 'Charts').getByText(/teacher knows \d+ %.*: 0\.\d{3} to [01]\.\d{3}/);
    await note.waitFor();
    const [low, high] = /: (\S+) to (\S+)/
      .exec(await note.innerText())!
      .slice(1)
      .map(Number) as [number, number];
    expect(await reading(page, 'Mean |teacher − student|')).toBe(0.2);
    expect(await note.innerText()).toContain(`${Math.floor(100 * coverage)} %`);
    expect(low).toBeCloseTo(coverage * 0.2, 3);
    expect(high).toBeCloseTo(coverage * 0.2 + 1 - coverage, 3);
  });
});

describe('a server that starts again', () => {
  it('keeps control in the same page, which says what was lost and that this is another run', async () => {
    const page = await stage.open({ ...quick, seed: 5 });
    const { port, token } = stage.serving;
    await page.getByRole('slider', { name: 'Speed' }).fill('10');
    await press(page, 'Play');
    await stage.until(({ tick }) => tick > 2);
    await stage.serving.close();
    const status = region(page, 'Status');
    await status.getByText('Connection lost').waitFor();
    await status
      .getByText(/^No server since \d\d:\d\d:\d\d/)
      .first()
      .waitFor();
    const play = page.getByRole('button', { name: 'Play', exact: true });
    expect([await play.isDisabled(), await play.getAttribute('aria-pressed')]).toEqual([true, 'false']);
    expect(await status.getByText(/Playing under/).count()).toBe(0);

    stage.serving = await stage.serve({ ...quick, seed: 5, port });
    expect(stage.serving.token).toBe(token);
    await page.getByText('The server was started again.').waitFor();
    await page
      .getByText(/The run that was here is gone with its charts \(\d+ ticks, seed 5, last under constant:0.3\)/)
      .waitFor();
    await region(page, 'Charts').getByText('no tick played yet').first().waitFor();
    await press(page, 'Step');
    await status.getByText('1 of 210 ticks played').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.getByText('The server was started again.').count()).toBe(0);
    stage.forgiveLostConnection();
  });

  it('gives control to a tab that the new URL is pasted into', async () => {
    const page = await stage.open(quick, { token: false });
    await page.getByText('You are watching.').waitFor();
    await page.evaluate(`location.hash = 'token=${'x'.repeat(24)}'`);
    await page.getByText("This page's token is not that of the server here").waitFor();
    await page.goto(stage.serving.url);
    await soon(() => page.getByRole('button', { name: 'Play', exact: true }).isEnabled()).toBe(true);
    expect(await page.getByText('You are watching.').count()).toBe(0);
    await press(page, 'Step');
    await stage.until(({ tick }) => tick === 1);
  });
});

it('at the horizon offers another seed, or the same luck under another policy, and no button that is refused', async () => {
  const page = await stage.open({ ...quick, scenario: { ...iceCream, horizon: 15 } as Scenario, agents: 20 });
  await page.getByRole('slider', { name: 'Speed' }).fill('30');
  await press(page, 'Play');
  await page.getByText('The run has ended').first().waitFor();
  for (const name of ['Play', 'Pause', 'Step'])
    expect(await page.getByRole('button', { name, exact: true }).isDisabled()).toBe(true);
  await page.locator('body').press('Space');
  const sales = await reading(page, 'Sales per tick');
  await page.getByRole('combobox', { name: 'Who decides on the same luck' }).selectOption('constant:0.3');
  await press(page, 'Same luck under constant:0.3');
  await stage.until(({ tick, clock, seed }) => tick === 15 && clock === 'ended' && seed === 7);
  await page.getByText('The run has ended').first().waitFor();
  await soon(() => reading(page, 'Sales per tick')).toBe(sales);
  await page.getByRole('combobox', { name: 'Who decides on the same luck' }).selectOption('oracle');
  await press(page, 'Same luck under oracle');
  await stage.until(({ policy, clock, seed }) => policy === 'oracle' && clock === 'ended' && seed === 7);
  await page.getByRole('button', { name: 'Play again seed 8' }).click();
  await stage.until(({ tick, seed }) => tick > 0 && seed === 8);
  expect(await region(page, 'Status').getByRole('alert').count()).toBe(0);
});

it('announces a swap in one sentence and nothing when idle, runs no frames when paused, keeps the focus', async () => {
  const page = await stage.open({ ...quick, policy: 'student:mlp' }, { reducedMotion: 'no-preference', own: true });
  await overhear(page);
  await page.getByLabel('Agent', { exact: true }).fill('3');
  await region(page, 'Inspector').locator('.of-teacher .verdict-value').getByText(/^\d/).waitFor();
  const radio = page.getByRole('radio', { name: 'student:logistic' });
  await soon(() => radio.isEnabled()).toBe(true);
  await page.waitForTimeout(1500);
  await announcements(page);
  expect(await frames(page, 1000)).toBe(0);
  expect(await announcements(page)).toEqual([]);

  await press(page, 'Play');
  await stage.until(({ tick }) => tick >= 2);
  const trait = region(page, 'Inspector').locator('.phrases button').first();
  const words = await trait.innerText();
  await trait.focus();
  const { tick } = await stage.health();
  await stage.until((now) => now.tick >= tick + 5);
  expect(await page.evaluate('document.activeElement.textContent')).toBe(words);
  await radio.focus();
  await announcements(page);
  await page.keyboard.press('Space');
  await stage.until(({ policy }) => policy === 'student:logistic');
  await stage.until((now) => now.tick >= tick + 11);
  expect(await page.evaluate('document.activeElement.value')).toBe('student:logistic');
  expect(await announcements(page)).toEqual(['Playing under student:logistic']);
  await press(page, 'Pause');
});

it('introduces itself once: what this is, three things to try, and how good each student is', async () => {
  const page = await stage.open({ ...quick, policy: 'student:mlp' });
  const introduction = region(page, 'Introduction');
  await introduction.getByText('200 simulated people').waitFor();
  expect(await introduction.getByRole('listitem').count()).toBe(3);
  await introduction.getByRole('button', { name: 'Got it' }).click();
  await page.reload();
  await region(page, 'Status').getByText('Connected').waitFor();
  const score = page.locator('.policy', { hasText: 'student:mlp' }).locator('.score');
  // The root of its validationMse.
  expect(await score.innerText()).toContain('±0.005');
  expect(await score.getAttribute('title')).toContain('the states that its training held back');
  expect(await introduction.count()).toBe(0);

  // Enlarged twofold, a phone, a very large screen: nothing is cut, letters grow with the screen.
  for (const [width, height] of [
    [640, 360],
    [390, 844],
    [3840, 2160],
  ] as const) {
    await page.setViewportSize({ width, height });
    await soon(() => page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  }
  expect(await page.evaluate('parseFloat(getComputedStyle(document.body).fontSize)')).toBeGreaterThan(20);
});
