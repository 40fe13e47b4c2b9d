import { addressOf } from './models/server/address.ts';
import type { Policy, TeacherProvenance } from './policy.ts';

/** Providers whose models answer somewhere else, each within one account. */
const PROVIDERS = /^(openai|anthropic|gemini):/;
const ADDRESSED = /^(?:server|vllm):([^#]*)#/;

/** This machine: its models share its memory, and take turns. */
const HERE = 'here';

/** Where somebody who decides is asked: hosts of servers, a provider, or this machine. */
function placesOf(given: string | Policy | undefined): readonly string[] {
  if (typeof given !== 'string') {
    const { endpoints } = (given as { readonly provenance?: TeacherProvenance } | undefined)?.provenance ?? {};
    return endpoints?.map(hostOf) ?? [HERE];
  }
  const provider = PROVIDERS.exec(given)?.[1];
  if (provider !== undefined) return [provider];
  const addresses = ADDRESSED.exec(given)?.[1];
  return addresses === undefined ? [HERE] : addresses.split(',').map(hostOf);
}

/** Two models of one server share what it runs on. An address that is not one is refused when it is opened. */
function hostOf(url: string): string {
  try {
    return addressOf(url).host;
  } catch {
    return url;
  }
}

/**
 * Who can be asked at the same time: lists of places in `given` whose members are asked one after another, as they share a
 * server, a provider or this machine; different lists share nothing.
 * @example inPlaces(['tiny', 'server:http://a/v1#m', 'oracle', 'server:http://b/v1#m']) // => [[0, 2], [1], [3]]
 */
export function inPlaces(given: readonly (string | Policy | undefined)[]): number[][] {
  let groups: { readonly places: ReadonlySet<string>; readonly members: readonly number[] }[] = [];
  for (const [i, one] of given.entries()) {
    const places = placesOf(one);
    const same = groups.filter((group) => places.some((place) => group.places.has(place)));
    const joined = {
      places: new Set([...same.flatMap((group) => [...group.places]), ...places]),
      members: [...same.flatMap(({ members }) => members), i].sort((a, b) => a - b),
    };
    groups = [...groups.filter((group) => !same.includes(group)), joined];
  }
  return groups.map(({ members }) => [...members]).sort(([a], [b]) => a! - b!);
}
