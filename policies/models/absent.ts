import { UnderstudyError } from '../../env/error.ts';
import type { OpenPolicyOptions } from '../open.ts';
import type { Teacher } from '../policy.ts';
import type { MergeWork, OpenedTeacher } from '../shards/merge-work.ts';
import type { ShardWork } from '../shards/shard-work.ts';
import { Meter } from '../spending/meter.ts';
import type { LanguageModel } from './backend.ts';
import { LanguageModelTeacher } from './teacher.ts';

/** Notes in a shard what identifies a language model, so that whoever merges it needs neither its file nor its server. */
export function identify(shard: ShardWork, name: string, teacher: Teacher): void {
  if (!(teacher instanceof LanguageModelTeacher)) return;
  const { model, template } = teacher.identity;
  const { openedBy, name: own, endpoints, request, nameRequest } = teacher.model;
  const { unreadable, caveat, decidesBy } = teacher;
  const opened: Omit<OpenedTeacher, 'name'> = {
    model: {
      ...{ name: own, model, library: teacher.identity.library, request },
      ...(openedBy !== undefined && { openedBy }),
      ...(nameRequest !== undefined && { nameRequest }),
      ...(endpoints && { endpoints }),
    },
    template,
    ...(unreadable !== undefined && { unreadable }),
    ...(caveat !== undefined && { caveat }),
    decidesBy,
  };
  shard.opened(name, opened);
}

/** The teacher that a shard opened by a name, for its answers alone; undefined if none did. */
export function absentTeacher(merge: MergeWork, name: string, { scenario }: OpenPolicyOptions): Teacher | undefined {
  const known = merge.teacher(name);
  if (!known) return undefined;
  const { template, unreadable, caveat, decidesBy } = known;
  const model: LanguageModel = {
    ...known.model,
    missing: true,
    open: () => {
      throw new UnderstudyError('SHARD_MISSING', `${name} is not opened to merge shards`);
    },
  };
  const record = {
    template,
    ...(unreadable !== undefined && { unreadable }),
    ...(caveat !== undefined && { caveat }),
  };
  const meter = new Meter(known.model.openedBy ?? known.model.name, { path: undefined, hosted: false });
  return new LanguageModelTeacher(model, scenario, record, { elicit: decidesBy, meter });
}
