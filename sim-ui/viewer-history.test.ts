import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { friends } from '../env/friends.test-support.ts';
import { inBrowser, press, region } from './browser.test-support.ts';

const stage = inBrowser();
const inspector = (page: Page) => region(page, 'Inspector');

it('tells an agent’s history tick by tick, shows a tick of it by keyboard, and copies it as CSV', async () => {
  const page = await stage.open(
    { policy: 'constant:0.3', teacher: 'oracle', agents: 200 },
    {
      permissions: ['clipboard-read', 'clipboard-write'],
    },
  );
  for (let tick = 1; tick <= 3; tick++) {
    await press(page, 'Step');
    await stage.until((now) => now.tick === tick);
  }
  await page.getByLabel('Agent', { exact: true }).fill('7');
  const traits = await inspector(page).locator('.facts .phrases').first().getByRole('button').allTextContents();
  await page.getByRole('tab', { name: 'Inspector' }).focus();
  await page.keyboard.press('ArrowRight');
  const history = region(page, 'History');
  await history.getByText(traits.join(' · ')).waitFor();
  const rows = history.locator('tbody tr');
  await expect.poll(() => rows.count()).toBe(3);
  // The last tick first; the run goes on and a row comes.
  expect(await rows.locator('th').allTextContents()).toEqual(['2', '1', '0']);
  await press(page, 'Step');
  await expect.poll(() => rows.count()).toBe(4);

  await rows.first().getByRole('button').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await region(page, 'Timeline').getByText('Tick 0 of 0–3').waitFor();
  await expect.poll(() => rows.last().getAttribute('aria-selected')).toBe('true');
  const [did, p] = await rows.last().locator('td').allTextContents();
  expect(Number(p)).toBe(0.3);
  await press(page, 'Copy CSV');
  await history.getByText('Copied 4 rows.').waitFor();
  const [header, first] = (await page.evaluate<string>('navigator.clipboard.readText()')).split('\n');
  expect(header).toMatch(/^run,agent,tick,day,policy,action,p_skip,p_buy,traits,context,/);
  expect(first).toContain(`1,7,0,1,constant:0.3,${did!.includes('bought') ? 'buy' : 'skip'},`);
});

it('draws whom an agent knows and tells what they did, and all edges of few agents; rings who is found', async () => {
  const page = await stage.open({ scenario: friends, policy: 'uniform', teacher: 'oracle', agents: 120 });
  await press(page, 'Step');
  await stage.until(({ tick }) => tick === 1);
  await page.getByLabel('Agent', { exact: true }).fill('5');
  const known = inspector(page).getByRole('list', { name: 'Neighbours' });
  await known.waitFor();
  const others = await known.getByRole('button').allTextContents();
  const words = await inspector(page)
    .locator('dd', { has: page.getByRole('list', { name: 'Neighbours' }) })
    .textContent();
  expect(words).toMatch(new RegExp(`^${others.length} neighbours?: \\d+ `));
  const path = () => page.locator('.edges').getAttribute('d');
  await expect.poll(async () => (await path())?.match(/M/g)?.length).toBe(others.length);
  // Whoever is picked is looked at, and knows the one before.
  await known.getByRole('button').first().click();
  await expect.poll(() => known.getByRole('button').allTextContents()).toContainEqual(expect.stringMatching(/^ ?5\b/));

  const drawn = () => page.evaluate<number>('window.lines');
  await page.evaluate(`
    window.lines = 0;
    const draw = WebGL2RenderingContext.prototype.drawElements;
    WebGL2RenderingContext.prototype.drawElements = function (mode, count, ...rest) {
      window.lines = count / 2;
      return draw.call(this, mode, count, ...rest);
    };`);
  await page.getByLabel('All edges').check();
  await expect.poll(drawn).toBe(240);

  await page.getByLabel('Find agents').fill('agent:9');
  await expect.poll(() => page.locator('.found').getAttribute('d')).toMatch(/^M[\d.]+ [\d.]+a/);
  await page.getByLabel('Find agents').press('Escape');
  await expect.poll(() => page.locator('.found').getAttribute('d')).toBeNull();
});
