import { expect, it } from 'vitest';
import { inBrowser, press, region } from './browser.test-support.ts';

const stage = inBrowser();

it('puts a share under another policy, has more of them at a push of a slider, and tells why it went back', async () => {
  const page = await stage.open(
    { policy: 'constant:0.9', teacher: 'oracle', agents: 500 },
    { viewport: { width: 1280, height: 720 } },
  );
  await page.locator('.canary summary').click();
  await page.getByLabel("Canary's policy").selectOption('oracle');
  await page.getByRole('slider', { name: 'Share' }).fill('10');
  await page.getByLabel('Call back above').fill('0.999');
  await press(page, 'Start canary');
  const panel = page.locator('.canary-found');
  const under = async () => Number(/([\d,]+) agents/.exec((await panel.textContent())!)![1]!.replace(',', ''));
  await panel.waitFor();
  const tenth = await under();
  await press(page, 'Step');
  await panel.getByText('from the policy in charge (95 %').waitFor();
  const slider = page.getByRole('slider', { name: 'Share' });
  await slider.focus();
  for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowRight');
  await page.locator('.canary output', { hasText: '16 %' }).waitFor();
  await expect.poll(under).toBeGreaterThan(1.2 * tenth);
  await press(page, 'Step');
  await stage.until(({ tick }) => tick === 2);
  await expect.poll(() => page.getByRole('list', { name: 'Marks' }).textContent()).toContain('oracle decides for 16%');
  await press(page, 'Call back');

  await page.getByLabel('Call back above').fill('0.05');
  await press(page, 'Start canary');
  await page.getByRole('slider', { name: 'Speed' }).fill('30');
  await press(page, 'Play');
  await region(page, 'Notices').getByText('is above 0.05').waitFor();
});
