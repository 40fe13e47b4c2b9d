import { packStudy } from './report/pack/pack.ts';
import { verifyStudy } from './report/pack/verify.ts';
const { file } = await packStudy({ workspace: '/tmp/debts-hand/ws', out: '/tmp/debts-hand/v.tar' });
console.log(JSON.stringify((await verifyStudy({ file })).checks, null, 1));
