import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mix } from '../env/chance.ts';
import { defineScenario } from '../env/define-scenario.ts';
import { observations } from '../env/observation.ts';
import type { Scenario } from '../env/scenario.ts';
import { openPolicy } from '../policies/open.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { mobilityTown } from '../scenarios/mobility-v1/scenario.ts';
import { inBrowser, PATIENCE, press, reading, region } from './browser.test-support.ts';

const stage = inBrowser();

const scenarioMask = (phrases: readonly string[]) =>
  phrases.reduce((mask, phrase) => mask | (1 << iceCream.phrases.indexOf(phrase)), 0);

/** A world of four actions on three places, with nothing staged. */
const commute = defineScenario({
  id: 'commute',
  actions: ['walk', 'ride', 'bus', 'drive'],
  horizon: 60,
  ticksPerDay: 3,
  discount: 1,
  traits: { phrases: ['owns a car', 'in a hurry'] },
  contexts: { 'at home': ({ at }) => at === 'home' },
  world: { sky: { levels: ['sun', 'rain'], start: 'sun', next: () => mix(0.5, 'sun', 'rain') } },
  agent: { at: { levels: ['home', 'office', 'shop'], start: 'home', next: ({ at }) => mix(0.5, at, 'office') } },
  reward: () => 0,
  measures: {
    'car trips': ({ action }) => (action === 'drive' ? 1 : 0),
    'bus trips': ({ action }) => (action === 'bus' ? 1 : 0),
  },
  map: { factor: 'at', places: { home: [0.1, 0.3], office: [0.9, 0.2], shop: [0.5, 0.9] } },
});

describe('the viewer', () => {
  it('shows four actions by their names: legend, charts, places, an agent, and who decides', async () => {
    const rows = ['owns a car', 'in a hurry', 'owns a car; in a hurry'].flatMap((traits) =>
      [[], ['at home']].map((context) => ({
        ...{ traits: traits.split('; '), context },
        probabilities: { walk: 0.1, ride: 0.2, bus: 0.3, drive: 0.4 },
      })),
    );
    const file = join(stage.viewer, 'answers-of-a-teacher-whose-name-is-far-longer-than-its-panel-is-wide.jsonl');
    await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const page = await stage.open({ scenario: commute, agents: 400, policy: 'uniform', teacher: `recorded:${file}` });
    await region(page, 'Town').getByText('Day 1, tick 0').waitFor();
    await region(page, 'Town').getByText('sky: sun').waitFor();
    await press(page, 'Step');
    await stage.until(({ tick }) => tick === 1);
    const legend = region(page, 'Town').getByRole('list', { name: 'Actions' }).getByRole('listitem');
    await expect
      .poll(async () => (await legend.allInnerTexts()).map((text) => text.replace(/\s*\d+$/, '')))
      .toEqual(['walk', 'ride', 'bus', 'drive']);
    const counts = (await legend.allInnerTexts()).map((text) => Number(/\d+$/.exec(text.trim())![0]));
    expect(counts.reduce((sum, count) => sum + count)).toBe(400);
    await region(page, 'Town')
      .getByRole('img', { name: /^\d+ walk, \d+ ride, \d+ bus, \d+ drive$/ })
      .first()
      .waitFor();

    await page.getByLabel('Measure').selectOption({ label: 'Bus trips per tick' });
    await expect.poll(() => reading(page, 'Bus trips per tick')).toBe(counts[2]);
    await region(page, 'Charts').getByText('walk 0.250').waitFor();
    await page.getByRole('img', { name: 'walk 0.25, ride 0.25, bus 0.25, drive 0.25' }).first().waitFor();
    // ½ (.15 + .05 + .05 + .15)
    await expect.poll(() => reading(page, 'Mean |teacher − student|'), { timeout: PATIENCE }).toBe(0.2);

    await page.getByLabel('Agent', { exact: true }).fill('7');
    const row = region(page, 'Inspector').getByRole('row', { name: /^drive/ });
    await expect.poll(() => row.getByRole('cell').allInnerTexts()).toEqual(['0.40', '0.25']);
    // Sideways the table scrolls by whole columns: a number is shown in full or not at all.
    const table = region(page, 'P of each action');
    await table.focus();
    const [width, ...ends] = await table.evaluate((box) => [
      box.clientWidth,
      ...[...box.querySelectorAll('thead th')].map((head) =>
        Math.round(head.getBoundingClientRect().right - box.getBoundingClientRect().left),
      ),
    ]);
    expect(ends).toContain(width);
    const [panel, inside] = await page.locator('.policies').evaluate((box) => [box.clientWidth, box.scrollWidth]);
    expect(inside).toBe(panel);
    // No student was trained for this world.
    expect(await page.getByRole('radio').count()).toBe(2);
  });

  it('plays, pauses, steps, changes speed, swaps to the teacher and back, and shows an agent', async () => {
    const page = await stage.open(
      { agents: 2000 },
      { viewport: { width: 1440, height: 900 }, reducedMotion: 'no-preference' },
    );
    await region(page, 'Town').getByRole('list', { name: 'Places' }).getByText('Home').waitFor();
    expect(await page.getByRole('radiogroup', { name: 'Policy' }).getByRole('radio').count()).toBe(5);
    expect(await page.getByRole('radio', { name: 'student:mlp' }).isChecked()).toBe(true);

    await press(page, 'Step');
    await stage.until(({ tick }) => tick === 1);
    await region(page, 'Status').getByText('1 of 210 ticks played').waitFor();
    await region(page, 'Town').getByText('Day 1, 8:00').waitFor();
    await expect.poll(() => reading(page, 'Sales per tick'), { timeout: PATIENCE }).toBeGreaterThan(0);

    const background = page.getByRole('checkbox', { name: 'Ask the teacher in the background' });
    await background.uncheck();
    await page.getByRole('slider', { name: 'Speed' }).fill('20');
    await press(page, 'Play');
    await stage.until(({ tick, clock }) => tick > 8 && clock === 'playing');
    await region(page, 'Town')
      .getByText(/\d bought/)
      .first()
      .waitFor();

    // The teacher takes over while the run goes on: the screen says what it is being asked.
    await page.getByRole('radio', { name: 'tiny' }).check();
    await region(page, 'Status')
      .getByText(/Asking tiny: [\d,]+ of [\d,]+ distinct observations/)
      .waitFor();
    await region(page, 'Charts').getByText('decided by tiny').waitFor();
    expect(await region(page, 'Charts').getByText('teacher knows all observations').count()).toBe(1);
    await expect.poll(() => reading(page, 'Mean |teacher − student|'), { timeout: PATIENCE }).toBeGreaterThan(0);
    await region(page, 'Status')
      .getByText(/not Gemma/)
      .waitFor();

    await page.getByRole('radio', { name: 'student:mlp' }).check();
    const { tick } = await stage.until(({ policy }) => policy === 'student:mlp');
    await stage.until((now) => now.tick > tick);
    await region(page, 'Charts').getByText('decided by student:mlp').waitFor();
    await press(page, 'Pause');
    const paused = await stage.until(({ clock }) => clock === 'paused');
    await region(page, 'Status').getByText(`${paused.tick} of 210 ticks played`).waitFor();

    // In the background the teacher is asked about what agents saw.
    await background.check();
    await region(page, 'Charts').getByText('teacher knows all observations').waitFor();
    await expect.poll(() => reading(page, 'Mean |teacher − student|'), { timeout: PATIENCE }).toBeGreaterThan(0);

    // A click into the crowd at home picks somebody.
    const box = (await region(page, 'Town').locator('.town-box').boundingBox())!;
    await page.mouse.click(box.x + box.width * 0.17, box.y + box.height * 0.25);
    const inspector = region(page, 'Inspector');
    await inspector
      .locator('.of-teacher .verdict-value')
      .getByText(/^0\.\d{3}$|^1\.000$/)
      .waitFor();
    await inspector.locator('.explanation p').getByText(/“.+”/).waitFor();
    expect(await inspector.locator('.verdict-value').allInnerTexts()).toHaveLength(5);
    await expect
      .poll(async () =>
        (await inspector.locator('.verdict-value').allInnerTexts()).every((p) => /^[01]\.\d{3}$/.test(p)),
      )
      .toBe(true);
    expect(await inspector.locator('.prompt').textContent()).toMatch(/^A person: .* Reply with JSON/);
    expect(Number(await inspector.getByLabel('Agent').inputValue())).toBeGreaterThanOrEqual(0);
    expect(await inspector.getByText('home').count()).toBeGreaterThan(0);

    await inspector.getByLabel('Agent').fill('77');
    await inspector.getByText('Agent 77:').waitFor({ state: 'attached' });
  });

  it('computes the students in the page, as the server does, with and without a phrase', async () => {
    const page = await stage.open({ teacher: 'oracle', agents: 200 });
    const inspector = region(page, 'Inspector');
    await page.getByLabel('Agent', { exact: true }).fill('3');
    await inspector.getByText('Agent 3:').waitFor({ state: 'attached' });
    const students = ['mlp', 'encoder', 'decoder', 'logistic'];
    const row = (name: string) => inspector.locator('.verdict', { hasText: `student:${name}` });
    const phrases = inspector.locator('.phrases button');
    const shown = await phrases.allInnerTexts();
    for (const phrase of [undefined, shown[0]!, shown.at(-1)!]) {
      if (phrase !== undefined) await inspector.getByRole('button', { name: phrase, exact: true }).click();
      const out = await inspector.locator('.phrases button[aria-pressed=false]').allInnerTexts();
      const mask = scenarioMask(shown.filter((other) => !out.includes(other)));
      for (const name of students) {
        await using policy = await openPolicy(`student:${name}`, { scenario: iceCream, workspace: stage.viewer });
        const { probabilities } = await policy.decide(observations(iceCream, [mask]));
        if (phrase === undefined) {
          await expect
            .poll(() => row(name).getAttribute('title'), { timeout: PATIENCE })
            .toMatch(/^[01]\.\d{7}, computed in this page$/);
          const here = Number.parseFloat((await row(name).getAttribute('title'))!);
          expect(Math.abs(here - probabilities[1]!)).toBeLessThan(1e-6);
        } else
          await row(name)
            .getByText(`→ ${probabilities[1]!.toFixed(3)}`)
            .waitFor();
      }
    }
    await inspector.getByText(`Without “${[...new Set([shown[0], shown.at(-1)])].join('”, “')}”`).waitFor();
  });

  it('obeys the keyboard: space plays and pauses, the full stop steps', async () => {
    const page = await stage.open({ policy: 'constant:0.3', teacher: 'oracle', agents: 200 });
    await page.keyboard.press('.');
    await stage.until(({ tick }) => tick === 1);
    await page.keyboard.press('ArrowRight');
    await stage.until(({ tick }) => tick === 2);
    await page.keyboard.press('Space');
    await stage.until(({ clock }) => clock === 'playing');
    await page.getByRole('button', { name: 'Play', pressed: true }).waitFor();
    await page.keyboard.press('Space');
    await stage.until(({ clock }) => clock === 'paused');
    // Not while a field has the keyboard.
    await page.getByLabel('Agent', { exact: true }).focus();
    const { tick } = await stage.health();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('5');
    await region(page, 'Inspector').getByText('Agent 5:').waitFor({ state: 'attached' });
    expect((await stage.health()).tick).toBe(tick);
  });

  it('draws the agents: dots where people are, none where nobody is', async () => {
    const page = await stage.open({ policy: 'constant:0.3', teacher: 'oracle' });
    await region(page, 'Town').locator('canvas').waitFor();
    const box = (await region(page, 'Town').locator('.town-box').boundingBox())!;
    /** Colours in a small square of the picture: one if there is nothing but ground. */
    const colours = async (x: number, y: number) => {
      const clip = { x: box.x + box.width * x - 20, y: box.y + box.height * y - 20, width: 40, height: 40 };
      return page.evaluate<number>(`(async (bytes) => {
        const image = await createImageBitmap(new Blob([Uint8Array.from(bytes)]));
        const copy = new OffscreenCanvas(image.width, image.height).getContext('2d');
        copy.drawImage(image, 0, 0);
        return new Set(new Uint32Array(copy.getImageData(0, 0, image.width, image.height).data.buffer)).size;
      })(${JSON.stringify([...(await page.screenshot({ clip }))])})`);
    };
    // The ground, and those who did the one and the other.
    await expect.poll(() => colours(0.17, 0.25), { timeout: PATIENCE }).toBeGreaterThan(2);
    expect(await colours(0.3, 0.9)).toBe(1);
  });

  it('lets people watch who have no token, and says why they cannot control', async () => {
    const page = await stage.open({ policy: 'constant:0.3', teacher: 'oracle', agents: 200 }, { token: false });
    await page.getByText('You are watching.').waitFor();
    expect(await page.getByRole('button', { name: 'Play' }).isDisabled()).toBe(true);
    expect(await page.getByRole('radio', { name: 'oracle' }).isDisabled()).toBe(true);
    await page.getByLabel('Agent', { exact: true }).fill('3');
    await region(page, 'Inspector').getByText('Agent 3:').waitFor({ state: 'attached' });
  });

  it('says so if there is no WebGL, and everything else works', async () => {
    const page = await stage.open({ policy: 'constant:0.3', teacher: 'oracle', agents: 200 }, { own: true });
    await page.addInitScript(`
      const getContext = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return String(kind).startsWith('webgl') ? null : getContext.call(this, kind, ...rest);
      };
    `);
    await page.reload();
    await page.getByText('No picture of the agents: this browser offers no WebGL 2. Everything else works.').waitFor();
    await press(page, 'Step');
    await stage.until(({ tick }) => tick === 1);
    await expect.poll(() => reading(page, 'Sales per tick'), { timeout: PATIENCE }).toBeGreaterThan(0);
  });

  it('says that the connection is lost, and that the run has ended', async () => {
    const page = await stage.open({
      scenario: { ...iceCream, horizon: 30 } as Scenario,
      policy: 'constant:0.3',
      teacher: 'oracle',
      agents: 20,
    });
    await page.getByRole('slider', { name: 'Speed' }).fill('30');
    await press(page, 'Play');
    await region(page, 'Status').getByText('Ended after 30 ticks').first().waitFor();
    await region(page, 'Status').getByText('30 of 30 ticks played').waitFor();
    await page.getByRole('radio', { name: 'oracle' }).check();
    await page.getByText('The run has ended: the policy that is chosen here decides after a restart.').waitFor();
    expect(await region(page, 'Charts').getByText('decided by constant:0.3').count()).toBe(1);
    await page.getByLabel('Seed').fill('8');
    await press(page, 'Restart');
    await stage.until(({ tick, seed }) => tick === 0 && seed === 8);
    await region(page, 'Charts').getByText('no tick played yet').first().waitFor();
    await stage.serving.close();
    await region(page, 'Status').getByText('Connection lost').waitFor();
    stage.forgiveLostConnection();
  });

  it('goes on with other parameters, and begins anew where they make another world', async () => {
    const scenario = mobilityTown();
    const page = await stage.open({
      ...{ scenario, policy: 'uniform', teacher: 'oracle', agents: 200 },
      // Many seats make days of another length here.
      reopen: async (parameters) => ({ ...mobilityTown(parameters), horizon: parameters.seats === 1 ? 10 : 20 }),
    });
    const parameters = region(page, 'Status').getByRole('form', { name: 'Parameters' });
    await parameters.getByText('fuel = 2').waitFor();
    await press(page, 'Step');
    await stage.until(({ tick }) => tick === 1);
    expect(await parameters.getByRole('button').count()).toBe(0);
    await parameters.getByRole('slider', { name: 'Parameter fuel' }).fill('4');
    const marks = region(page, 'Timeline').getByRole('list', { name: 'Marks' });
    await marks.getByText('Tick 1: from here on fuel = 4').waitFor({ state: 'attached' });
    await press(page, 'Step');
    await region(page, 'Status').getByText('2 of 20 ticks played').waitFor();
    await parameters.getByRole('slider', { name: 'Parameter seats' }).fill('1');
    await page.getByText('since its days would change; begin anew in it').waitFor();
    await press(page, 'Begin anew with these');
    await stage.until(({ tick }) => tick === 0);
    await parameters.getByText('fuel = 4').waitFor();
    await expect.poll(() => parameters.getByRole('button').count(), { timeout: PATIENCE }).toBe(0);
    await region(page, 'Charts').getByText('no tick played yet').first().waitFor();
    await press(page, 'Step');
    await region(page, 'Status').getByText('1 of 10 ticks played').waitFor();
    await page.getByLabel('Number of agents').fill('50');
    await press(page, 'Restart');
    await stage.until(({ agents, tick }) => agents === 50 && tick === 0);
  });

  it('says how parameters are changed where it cannot change them', async () => {
    const page = await stage.open({ scenario: mobilityTown(), policy: 'uniform', teacher: 'oracle', agents: 20 });
    await region(page, 'Status').getByText('serve again with --set NAME=N').waitFor();
    expect(await page.getByRole('slider', { name: 'Parameter fuel' }).count()).toBe(0);
  });

  it('takes no commands while the connection is lost, and goes on with the latest tick when it is back', async () => {
    const page = await stage.open({ policy: 'constant:0.3', teacher: 'oracle', agents: 200 });
    await press(page, 'Step');
    await stage.until(({ tick }) => tick === 1);
    await stage.context.setOffline(true);
    await region(page, 'Status').getByText('Connection lost').waitFor();
    for (const name of ['Play', 'Step', 'Restart'])
      expect(await page.getByRole('button', { name, exact: true }).isDisabled()).toBe(true);
    expect(await page.getByText('You are watching.').count()).toBe(0);
    await page.locator('body').press('.');
    await page.getByLabel('Agent', { exact: true }).fill('3');
    await stage.context.setOffline(false);
    await region(page, 'Status').getByText('Connected').waitFor();
    await region(page, 'Inspector').getByText('Agent 3:').waitFor({ state: 'attached' });
    expect((await stage.health()).tick).toBe(1);
    await press(page, 'Step');
    await region(page, 'Status').getByText('2 of 210 ticks played').waitFor();
    stage.forgiveLostConnection();
  });

  it('fits its window without scrolling sideways, wide, narrow and on a phone', async () => {
    const page = await stage.open({ policy: 'constant:0.3', teacher: 'oracle', agents: 200 });
    await page.getByLabel('Agent', { exact: true }).fill('3');
    await region(page, 'Inspector').getByText('Agent 3:').waitFor({ state: 'attached' });
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 800 });
      await expect.poll(() => page.evaluate('document.documentElement.scrollWidth'), { timeout: PATIENCE }).toBe(width);
    }
  });
});
