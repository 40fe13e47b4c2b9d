import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openScenario } from '../scenarios/open.ts';
import { inBrowser, PATIENCE, press, region } from './browser.test-support.ts';

const stage = inBrowser();
const example = fileURLToPath(new URL('../examples/price.mjs', import.meta.url));

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'work-'));
});
afterEach(async () => {
  await stage.leave();
  await rm(workspace, { recursive: true, force: true });
});

it('asks and trains from the page, by the keyboard too, and the town goes on under the new student', async () => {
  const elsewhere = 'server:http://127.0.0.1:9/v1#nobody';
  const world = join(workspace, 'price.mjs');
  await copyFile(example, world);
  const page = await stage.open({
    ...{ scenario: await openScenario(world), source: { name: world, parameters: {} }, workspace },
    ...{ agents: 100, policy: 'policy:habit', teacher: elsewhere },
  });
  const study = region(page, 'Study');
  const focused = () => page.evaluate<string>('document.activeElement.textContent');
  await study.getByText('Study', { exact: true }).click();
  // A teacher on another machine is asked only if somebody agrees to the number of questions.
  await study.getByText(/^Puts at most 16 questions to server:http:\/\/127\.0\.0\.1:9/).waitFor();
  await press(page, 'Begin');
  const agreement = study.getByRole('group', { name: 'Questions that may cost money' });
  await agreement.getByText('At most 16 questions to nobody').waitFor();
  expect(await focused()).toBe('Ask nobody');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect.poll(() => agreement.count()).toBe(0);

  await study.getByLabel('Teacher to ask').selectOption('oracle');
  await study.getByLabel('Maximum number of epochs').fill('3');
  await study.getByRole('checkbox', { name: 'Write the report, too' }).uncheck();
  await study.getByText('Takes the answers of oracle about 16 observations: a rule that is computed.').waitFor();
  await study.getByText('The same by command').click();
  await study.getByText('understudy dataset --teacher oracle --size 500').waitFor({ state: 'detached' });
  await study.getByText('understudy dataset --teacher oracle --size 16').waitFor();
  await press(page, 'Begin');
  await study.getByRole('button', { name: 'Cancel' }).waitFor();
  // The town plays meanwhile.
  await press(page, 'Step');
  await stage.until(({ tick }) => tick === 1);
  const ready = study.getByRole('list', { name: 'Students that are ready' });
  await ready.getByText(/^±[\d.]+ on test$/).waitFor({ timeout: PATIENCE });
  await study.getByText('Asking oracle and training mlp is done: student:mlp can decide now').first().waitFor();
  expect(await region(page, 'Study').getByRole('link', { name: 'Report' }).count()).toBe(0);
  const radio = page.getByRole('radiogroup', { name: 'Policy' }).getByRole('radio', { name: 'student:mlp' });
  expect(await radio.isChecked()).toBe(false);

  await press(page, 'Put in charge: student:mlp');
  await expect.poll(() => radio.isChecked()).toBe(true);
  await press(page, 'Step');
  await stage.until(({ tick, policy }) => tick === 2 && policy === 'student:mlp');
  await region(page, 'Charts').getByText('decided by student:mlp').first().waitFor();

  await study.getByRole('tab', { name: 'Ask and train' }).focus();
  await page.keyboard.press('ArrowRight');
  const { models } = JSON.parse(await readFile(join(workspace, 'results/metrics/evaluation.json'), 'utf8'));
  const { mse, n } = models.find(({ model }: { model: string }) => model === 'mlp');
  await study.getByText(`mlp, ${n} test rows`).waitFor();
  expect(await study.locator('dd').first().textContent()).toMatch(new RegExp(`^MSE ${mse.toFixed(4).slice(0, 4)}`));
  await study.getByText(`understudy evaluate --workspace ${workspace}`).first().waitFor();
});
