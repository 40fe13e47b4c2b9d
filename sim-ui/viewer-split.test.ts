import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { inBrowser, PATIENCE, press, region } from './browser.test-support.ts';

const stage = inBrowser();

/** Two towns beside each other, of which a tick is on show. */
async function split(view: Parameters<typeof stage.open>[1] = {}): Promise<Page> {
  const page = await stage.open({ policy: 'constant:0.3', teacher: 'oracle', agents: 300 }, view);
  await press(page, 'Step');
  await stage.until(({ tick }) => tick === 1);
  await page.getByLabel('Beside').selectOption('oracle');
  await region(page, 'Town').getByText('same luck from the start').waitFor();
  return page;
}

/** Mean distance that the dots of the run's town show, read from their colours; and the share of them that show none. */
async function painted(page: Page): Promise<{ mean: number; silent: number }> {
  await page.evaluate(`
    for (const element of document.querySelectorAll('.scenery, .above, .labels, .sky-sign, .tooltip')) element.style.display = 'none';
    document.querySelector('.town-ground').style.background = '#000';
    document.querySelector('.town-ground').style.transition = 'none';
  `);
  const clip = (await page.locator('.town-box').first().boundingBox())!;
  const bytes = (await page.screenshot({ clip })).toString('base64');
  return page.evaluate(`(async () => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob('${bytes}'), (c) => c.charCodeAt(0))]));
    const copy = new OffscreenCanvas(image.width, image.height).getContext('2d');
    copy.drawImage(image, 0, 0);
    const { data } = copy.getImageData(0, 0, image.width, image.height);
    const style = getComputedStyle(document.documentElement);
    const colours = (name) => style.getPropertyValue(name).match(/#[0-9a-f]{6}/gi).map((hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)));
    const stops = colours('--apart-ramp');
    const end = Number(document.querySelector('.legend').textContent.match(/\\|ΔP\\| 0 +([\\d.]+)/)[1]);
    const ramp = Array.from({ length: 255 }, (_, level) => {
      const at = Math.min(1, Math.sqrt(level / 254 / end)) * (stops.length - 1);
      const i = Math.min(stops.length - 2, Math.floor(at));
      return stops[i].map((c, j) => c + (stops[i + 1][j] - c) * (at - i));
    });
    const [none] = colours('--silent');
    const apart = (colour, at) => Math.max(...colour.map((c, j) => Math.abs(c - data[at + j])));
    let [sum, count, silent] = [0, 0, 0];
    for (let at = 0; at < data.length; at += 4) {
      if (apart(none, at) <= 2) silent++;
      if (data[at] + data[at + 1] + data[at + 2] < 60) continue;
      let best = 0;
      for (let level = 1; level <= 254 * end; level++) if (apart(ramp[level], at) < apart(ramp[best], at)) best = level;
      if (apart(ramp[best], at) > 3) continue;
      sum += best / 254;
      count++;
    }
    return { mean: sum / count, silent: silent / (count + silent) };
  })()`);
}

it('shows run and twin side by side on one camera, plays both, and puts the twin away', async () => {
  const page = await split();
  const towns = region(page, 'Town');
  await towns.getByRole('list', { name: 'Places of the twin' }).waitFor({ state: 'attached' });
  const boxes = await page.locator('.town-box').evaluateAll((all) => all.map((box) => box.getBoundingClientRect()));
  expect(boxes).toHaveLength(2);
  expect(boxes[1]!.left).toBeGreaterThanOrEqual(boxes[0]!.right - 1);
  expect(boxes[1]!.top).toBe(boxes[0]!.top);
  await press(page, 'Zoom in');
  const transforms = () =>
    page.locator('.scenery > g').evaluateAll((all) => all.map((g) => g.getAttribute('transform')!.split(') ')[1]));
  await expect.poll(transforms).toEqual(['scale(1.5000)', 'scale(1.5000)']);
  await press(page, 'Step');
  await stage.until(({ tick }) => tick === 2);
  await page.getByLabel('Beside').selectOption({ label: 'nothing' });
  await towns.getByRole('list', { name: 'Places of the twin' }).waitFor({ state: 'detached' });
});

it('lists where both differ most; a row looks at an agent there, and keeps the focus while ticks pass', async () => {
  const page = await split();
  await page.getByText('Where they differ most').click();
  const panel = region(page, 'Differences');
  await panel.getByText('on average between constant:0.3 and oracle', { exact: false }).waitFor();
  await panel.getByText('differs from itself is unknown: run').waitFor();
  const row = panel.getByRole('listitem').first().getByRole('button');
  const phrases = (await row.locator('.apart-phrases').textContent())!.split(' · ');
  await row.focus();
  await page.keyboard.press('Enter');
  const inspector = region(page, 'Inspector');
  await expect.poll(() => inspector.locator('.facts .phrases button').allTextContents()).toEqual(phrases);
  await panel.getByText('constant:0.3: “', { exact: false }).waitFor();
  await press(page, 'Play');
  await row.focus();
  const { tick } = await stage.health();
  await stage.until((now) => now.tick >= tick + 2);
  await expect.poll(() => page.evaluate("document.activeElement.closest('.apart-rows') !== null")).toBe(true);
  await press(page, 'Pause');
  await page.getByLabel('Colour by').selectOption('distance');
  await page.locator('.legend').getByText('middle').waitFor();
  const stated = Number((await panel.locator('.apart-mean b').innerText()).replace('|ΔP|', ''));
  await press(page, 'Clear');
  await page.waitForTimeout(1500);
  const { mean, silent } = await painted(page);
  expect(silent).toBe(0);
  expect(Math.abs(mean - stated)).toBeLessThan(0.02);
});

it('adds and removes phrases for every policy, says which cannot hold together, and asks the teacher again', async () => {
  const page = await split();
  await page.getByLabel('Agent', { exact: true }).fill('7');
  await page.getByText('What if? Add or remove phrases').click();
  const inspector = region(page, 'Inspector');
  const answers = inspector.getByRole('list', { name: 'What they would do' });
  await answers.waitFor();
  const oracle = () => answers.getByRole('listitem').first().innerText();
  const before = await oracle();
  const contexts = inspector.getByRole('group', { name: 'Contexts' });
  const free = contexts.getByRole('button', { pressed: false });
  // Whatever is pressed: either everybody says what they would do, or the page says which two phrases conflict.
  for (let i = 0, n = await free.count(); i < n; i++)
    await contexts.getByRole('button', { pressed: false }).first().click();
  await inspector.getByText('which conflict', { exact: false }).waitFor();
  await press(page, 'As the agent is');
  await expect.poll(oracle).toBe(before);
  await page.getByLabel('Times').fill('12');
  await press(page, 'Ask oracle again');
  await inspector.getByText('12 samples at temperature 1', { exact: false }).waitFor({ timeout: PATIENCE });
  await inspector.getByRole('img', { name: '12 answers:' }).waitFor();
});

it('stacks both towns on a phone, where a page without the token watches and asks no model', async () => {
  const page = await stage.open(
    { policy: 'constant:0.3', teacher: 'tiny', agents: 200, autoplay: false },
    { token: false, viewport: { width: 390, height: 844 } },
  );
  await stage.until(({ teacher }) => teacher.state === 'ready');
  expect(await page.getByLabel('Beside').isDisabled()).toBe(true);
  await page.getByLabel('Agent', { exact: true }).fill('3');
  await page.getByText('What if? Add or remove phrases').click();
  const inspector = region(page, 'Inspector');
  await inspector.getByText('tiny').first().waitFor();
  expect(await inspector.getByRole('button', { name: 'Ask tiny', exact: true }).isDisabled()).toBe(true);
  await press(page, 'Ask tiny again');
  await inspector.getByText('that takes the token', { exact: false }).waitFor();
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
});
