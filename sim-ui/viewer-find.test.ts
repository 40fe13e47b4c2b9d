import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { inBrowser, press, region } from './browser.test-support.ts';

const stage = inBrowser();

const box = (page: Page) => page.getByRole('searchbox', { name: 'Find agents' });
const rows = (page: Page) => region(page, 'Table of agents').getByRole('button', { name: /^Agent \d+$/ });
const open = async (ticks: number, options: Parameters<typeof stage.open>[0] = {}) => {
  const page = await stage.open({ policy: 'constant:0.3', teacher: 'oracle', agents: 400, ...options });
  for (let tick = 1; tick <= ticks; tick++) {
    await press(page, 'Step');
    await stage.until((now) => now.tick === tick);
  }
  return page;
};

it('finds agents as one types, dims the others, says how many once, and clears by Escape', async () => {
  const page = await open(1);
  const picture = () => page.locator('.town-box canvas').screenshot();
  const before = await picture();
  await box(page).pressSequentially('did:bu');
  await page.getByRole('option', { name: 'did:buy' }).click();
  const said = page.getByRole('search').getByRole('status');
  await expect.poll(() => said.textContent()).toMatch(/^\d+ agents found$/);
  const buyers = Number.parseInt((await said.textContent())!, 10);
  const bought = await region(page, 'Town')
    .getByRole('list', { name: 'Actions' })
    .getByRole('listitem')
    .last()
    .textContent();
  expect(bought!.replace(/\s+/g, '')).toContain(`bought${buyers}`);
  await expect.poll(async () => (await picture()).equals(before)).toBe(false);

  await box(page).fill('trait:"likes sweet"');
  await box(page).press('Enter');
  await page.getByText('unknown trait: "likes sweet", did you mean "likes sweets"?').waitFor();
  await press(page, 'Filters');
  await box(page).press('Escape');
  expect(await box(page).inputValue()).toBe('');
  await expect.poll(() => said.textContent()).toBe('');
  await expect.poll(async () => (await picture()).equals(before)).toBe(true);
});

it('has a table of agents for the keyboard, whose focus survives a tick', async () => {
  const page = await open(1);
  await page.getByRole('tab', { name: 'Inspector' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await rows(page).first().waitFor();
  expect(await rows(page).count()).toBe(100);
  await press(page, 'Next');
  await page.getByText('101–200 of 400').waitFor();
  await rows(page).first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const focused = () => page.evaluate<string>('document.activeElement.getAttribute("aria-label")');
  expect(await focused()).toBe('Agent 101');
  await page.getByLabel('Agent 101', { exact: true }).and(page.locator('[aria-pressed="true"]')).waitFor();
  await stage.context.pages()[0]!.evaluate('document.querySelector(\'[title^="Step"]\').click()');
  await stage.until(({ tick }) => tick === 2);
  await region(page, 'Status').getByText('2 of 210 ticks').waitFor();
  expect(await focused()).toBe('Agent 101');

  await box(page).fill('place:home p>=0.3');
  await box(page).press('Enter');
  await page.getByRole('button', { name: 'P(buy)' }).click();
  await expect
    .poll(() => page.getByRole('columnheader', { name: 'P(buy)' }).getAttribute('aria-sort'))
    .toBe('descending');
  await expect
    .poll(async () => new Set(await region(page, 'Table of agents').locator('tbody td:nth-child(4)').allTextContents()))
    .toEqual(new Set(['home']));
  await page.getByRole('tab', { name: 'Inspector' }).click();
  await region(page, 'Inspector').getByText('Agent 101:').waitFor({ state: 'attached' });
});
