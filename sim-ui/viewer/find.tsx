import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { conditionText, KEYS, quoted, type Token, tokensOf, type Words, wordsAfter } from '../query.ts';
import { announced, pane, search, searching, typed, understood } from './search.ts';
import { actions, found, hello } from './store.ts';
import { capital, counted } from './words.ts';

/** A search is taken up this long after the last letter. */
const SETTLED_MS = 350;
/** Suggestions that are shown at once. */
const SUGGESTIONS = 8;

/** The search box, with suggestions as one types, and the same filters as controls. */
export function Find() {
  const box = useRef<HTMLFormElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const open = useSignal<'suggestions' | 'filters' | undefined>(undefined);
  const chosen = useSignal(-1);
  const timer = useRef(0);
  useEffect(() => {
    const away = (event: PointerEvent) => {
      if (!box.current!.contains(event.target as Node)) open.value = undefined;
    };
    addEventListener('pointerdown', away);
    return () => removeEventListener('pointerdown', away);
  }, []);
  if (!hello.value) return null;
  const words = hello.value.scenario;
  const suggestions = open.value === 'suggestions' ? suggest(typed.value, caretIn(input.current), words) : [];
  const accept = (text: string) => {
    const field = input.current!;
    const { from, to } = tokenAt(field.value, caretIn(field));
    const done = !text.endsWith(':');
    const next = `${field.value.slice(0, from)}${text}${done ? ' ' : ''}${field.value.slice(to).trimStart()}`;
    search(next, true);
    chosen.value = -1;
    requestAnimationFrame(() => field.setSelectionRange(from + text.length + 1, from + text.length + 1));
  };
  const onKey = (event: KeyboardEvent) => {
    const { key } = event;
    if (key === 'ArrowDown' || key === 'ArrowUp') {
      open.value = 'suggestions';
      const n = suggest(typed.value, caretIn(input.current), words).length;
      if (n > 0) chosen.value = (chosen.value + (key === 'ArrowDown' ? 1 : n) + (chosen.value < 0 ? n : 0)) % n;
    } else if (key === 'Enter') {
      const picked = suggestions[chosen.value];
      if (picked !== undefined) accept(picked);
      else submit();
    } else if (key === 'Escape') {
      if (open.value) open.value = undefined;
      search('');
      chosen.value = -1;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const submit = () => {
    clearTimeout(timer.current);
    open.value = undefined;
    search(typed.value);
    if (searching.value) pane.value = 'table';
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a form, and what it is for
    <form
      class="find"
      role="search"
      ref={box}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div class="find-line">
        <input
          ref={input}
          type="search"
          aria-label="Find agents"
          placeholder="Find agents"
          title={
            'Such as trait:"…" place:… did:… p>0.5, or an agent’s number; Enter shows them in the table, Escape clears'
          }
          autocomplete="off"
          spellcheck={false}
          aria-autocomplete="list"
          aria-controls="find-suggestions"
          aria-activedescendant={chosen.value >= 0 && suggestions.length > 0 ? `find-${chosen.value}` : undefined}
          aria-describedby="find-problem"
          aria-invalid={understood.value.problem !== undefined}
          value={typed.value}
          onInput={({ currentTarget }) => {
            const { value } = currentTarget;
            typed.value = value;
            open.value = 'suggestions';
            chosen.value = -1;
            clearTimeout(timer.current);
            timer.current = window.setTimeout(() => search(value, true), value === '' ? 0 : SETTLED_MS);
          }}
          onKeyDown={onKey}
        />
        <button
          type="button"
          aria-expanded={open.value === 'filters'}
          onClick={() => {
            open.value = open.value === 'filters' ? undefined : 'filters';
          }}
        >
          Filters
        </button>
        <span class="find-count" aria-hidden="true">
          {searching.value && found.value ? counted(found.value.count, 'agent') : ''}
        </span>
        <span class="sr-only" role="status">
          {announced.value}
        </span>
      </div>
      <p id="find-problem" class="find-problem" role="alert">
        {understood.value.problem ?? (searching.value ? found.value?.problem : undefined) ?? ''}
      </p>
      <div
        id="find-suggestions"
        class="find-panel panel"
        role="listbox"
        aria-label="Suggestions"
        hidden={suggestions.length === 0}
      >
        {suggestions.map((text, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the box has the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the box
          <div
            key={text}
            id={`find-${i}`}
            role="option"
            aria-selected={i === chosen.value}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => accept(text)}
          >
            {text}
          </div>
        ))}
      </div>
      {open.value === 'filters' && <Filters words={words} close={() => (open.value = undefined)} />}
    </form>
  );
}

const caretIn = (field: HTMLInputElement | null): number => field?.selectionStart ?? field?.value.length ?? 0;

/** The piece that the caret is in; an empty one between pieces. */
function tokenAt(text: string, caret: number): Token {
  const at = tokensOf(text).find(({ from, to }) => from <= caret && caret <= to);
  return at ?? { text: '', from: caret, to: caret };
}

/** What the piece under the caret could become. */
function suggest(text: string, caret: number, words: Words): string[] {
  const { text: token } = tokenAt(text, caret);
  const [, minus = '', key, rest = ''] = /^(-?)(?:(\w+):)?(.*)$/s.exec(token) ?? [];
  const start = rest.replaceAll('"', '').toLowerCase();
  const known = KEYS.filter((candidate) => key === undefined || candidate === key.toLowerCase());
  const whole = known.flatMap((candidate) =>
    wordsAfter(candidate, words)
      .filter((word) => word.toLowerCase().includes(start))
      .map((word) => `${minus}${candidate}:${quoted(word)}`),
  );
  if (key !== undefined) return whole.filter((candidate) => candidate !== token).slice(0, SUGGESTIONS);
  const keys = KEYS.filter((candidate) => candidate.startsWith(start)).map((candidate) => `${minus}${candidate}:`);
  const ps = 'p>0.5'.startsWith(start) ? [words.actions.length > 2 ? `p(${words.actions[1]!.name})>0.5` : 'p>0.5'] : [];
  return [...keys, ...ps, ...(start === '' ? [] : whole)].slice(0, SUGGESTIONS);
}

/** The filters as controls: each adds to the search what one would type. */
function Filters({ words, close }: { words: Words; close: () => void }) {
  const action = useSignal(words.actions.length - 1);
  const add = (text: string) => search(`${typed.value.trim()} ${text} `.trimStart());
  const { query } = understood.value;
  const without = (i: number) =>
    search(
      query
        .filter((_, j) => j !== i)
        .map((condition) => conditionText(condition, words))
        .join(' '),
    );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the key closes the panel wherever in it the focus is
    <div
      class="find-panel find-filters panel"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        close();
      }}
    >
      {(['trait', 'context', 'place', 'did'] as const).map((key) => {
        const known = wordsAfter(key, words);
        if (known.length === 0) return null;
        return (
          <label key={key} class="field">
            <span>{capital(key)}</span>
            <select
              value=""
              onChange={({ currentTarget }) => {
                if (currentTarget.value) add(currentTarget.value);
                currentTarget.value = '';
              }}
            >
              <option value="">any</option>
              {known.map((word) => (
                <option key={word} value={`${key}:${quoted(word)}`}>
                  {word}
                </option>
              ))}
              {known.map((word) => (
                <option key={word} value={`-${key}:${quoted(word)}`}>
                  not {word}
                </option>
              ))}
            </select>
          </label>
        );
      })}
      <div class="find-p">
        <label class="field">
          <span>P of</span>
          <select
            value={String(action.value)}
            onChange={({ currentTarget }) => {
              action.value = Number(currentTarget.value);
            }}
          >
            {actions.value.map(({ name }, i) => (
              <option key={name} value={String(i)}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {(['from', 'to'] as const).map((end) => (
          <label key={end} class="field">
            <span>{end}</span>
            <input
              type="number"
              min="0"
              max="1"
              step="0.05"
              onChange={({ currentTarget }) => {
                const { value } = currentTarget;
                if (value !== '')
                  add(`p(${quoted(words.actions[action.value]!.name)})${end === 'from' ? '>=' : '<='}${value}`);
                currentTarget.value = '';
              }}
            />
          </label>
        ))}
      </div>
      {query.length > 0 && (
        <ul class="chips" aria-label="Filters in use">
          {query.map((condition, i) => {
            const text = conditionText(condition, words);
            return (
              <li key={text}>
                <button type="button" aria-label={`Remove ${text}`} onClick={() => without(i)}>
                  {text} ×
                </button>
              </li>
            );
          })}
        </ul>
      )}
      <p class="note">
        All hold; of several places, actions or agents, any. A minus in front of a filter leaves those out.
      </p>
    </div>
  );
}
