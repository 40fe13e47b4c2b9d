import { mkdtemp, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Scenario } from '../env/scenario.ts';
import { FakeServer } from '../policies/models/server/fake-server.test-support.ts';
import { iceCream } from '../scenarios/ice-cream-v1/scenario.ts';
import { inBrowser, press, region } from './browser.test-support.ts';

const stage = inBrowser();

/** What axe finds wrong, each with where. */
async function violations(page: Page): Promise<string[]> {
  const known = await page.evaluate<boolean>('"axe" in window');
  if (!known)
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  // Halfway from one colour to another, contrast means nothing.
  await page.evaluate(`Promise.all(
    document.getAnimations()
      .filter(({ playState, effect }) => playState === 'running' && Number.isFinite(effect.getComputedTiming().endTime))
      .map(({ finished }) => finished.catch(() => {})),
  ).then(() => undefined)`);
  const { violations: found } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  return found.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help}: ${target.join(' ')}`));
}

it('offends against no rule of accessibility: failed, enlarged twofold, with a canary, ended, split, looking back, disconnected', async () => {
  let mute = false;
  await using model = await FakeServer.start({
    ...{ kind: 'ollama', logprobs: false, models: ['gemma'] },
    reply: (_, usual) => (mute ? 'I have no appetite.' : usual),
  });
  const teacher = `server:http://${model.host}/v1#gemma`;
  const page = await stage.open(
    {
      ...{ scenario: { ...iceCream, horizon: 15 } as Scenario, policy: 'constant:0.3', teacher, agents: 60 },
      workspace: await mkdtemp(join(tmpdir(), 'workspace-')),
    },
    { reducedMotion: 'no-preference' },
  );
  const found: Record<string, string[]> = {};
  const look = async (state: string) => {
    found[state] = await violations(page);
  };
  await look('first open');

  await press(page, 'Got it');
  await page.getByRole('checkbox', { name: 'Ask the teacher in the background' }).uncheck();
  await press(page, 'Step');
  await stage.until(({ tick }) => tick === 1);
  const radio = page.getByRole('radio', { name: teacher });
  await radio.and(page.locator(':enabled')).waitFor();
  mute = true;
  await radio.check();
  await stage.until(({ policy }) => policy === teacher);
  await press(page, 'Play');
  await region(page, 'Status').getByRole('alert').getByText('The run has paused').waitFor();
  await page.getByLabel('Agent', { exact: true }).fill('3');
  await region(page, 'Inspector').getByText('by default', { exact: false }).waitFor();
  await look('failed');
  await page.setViewportSize({ width: 640, height: 360 });
  await look('enlarged twofold');
  await page.setViewportSize({ width: 1280, height: 720 });

  await page.getByRole('radio', { name: 'constant:0.3' }).check();
  await stage.until(({ policy }) => policy === 'constant:0.3');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('.canary summary').click();
  await page.getByLabel("Canary's policy").selectOption('student:mlp');
  await press(page, 'Start canary');
  await page.getByText('agents since tick').waitFor();
  await look('with a canary');
  await press(page, 'Call back');
  await page.getByLabel('Beside').selectOption('student:mlp');
  await region(page, 'Town').getByText('same luck').waitFor();
  await page.getByRole('tab', { name: 'History' }).click();
  await look('split, with the history of an agent');
  await page.getByRole('slider', { name: 'Speed' }).fill('30');
  await press(page, 'Play');
  await stage.until(({ clock }) => clock === 'ended');
  await page.getByRole('tab', { name: 'Table' }).click();
  await look('ended, with the table');
  await page.getByRole('slider', { name: 'Tick', exact: true }).fill('2');
  await page.getByRole('button', { name: /^Runs/ }).click();
  await look('looking back, with the runs');

  await stage.serving.close();
  await region(page, 'Status').getByText('Connection lost').waitFor();
  await look('disconnected');
  await page.close();
  stage.forgiveLostConnection();
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((state) => [state, []])));
});

it('wears the colours of the system after each change of it, while it plays', async () => {
  const page = await stage.open({ policy: 'constant:0.3', teacher: 'oracle', agents: 60, autoplay: false });
  await page.getByRole('slider', { name: 'Speed' }).fill('30');
  await press(page, 'Play');
  await stage.until(({ tick }) => tick > 3);
  const bought = page.locator('.legend .key').nth(1);
  for (const colorScheme of ['dark', 'light', 'dark', 'light', 'dark', 'light', 'dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    const colour = iceCream.staging!.actions['buy']!.colour![colorScheme];
    const rgb = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)).join(', ');
    await expect
      .poll(() => bought.evaluate((key) => key.ownerDocument.defaultView!.getComputedStyle(key).backgroundColor))
      .toBe(`rgb(${rgb})`);
  }
});
