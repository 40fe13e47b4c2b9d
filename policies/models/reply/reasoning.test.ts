import { describe, expect, it } from 'vitest';
import { spokenIn } from './reasoning.ts';

const spoken = (reply: string) => spokenIn(reply).text.trim();

describe('what a model says', () => {
  it('is all of a reply without marks', () => {
    expect(spokenIn(' {"buy": 0.9} ')).toEqual({ text: ' {"buy": 0.9} ', shortened: false });
    expect(spokenIn('0.1 < 0.2')).toEqual({ text: '0.1 < 0.2', shortened: false });
    expect(spoken('[{"buy": 0.9}]')).toBe('[{"buy": 0.9}]');
  });

  it.each([
    ['a pair of tags', '<think>0.1</think> 0.9'],
    ['tags in capitals, with an attribute', '<Thinking mode="x">0.1</Thinking>0.9'],
    ['tags with spaces', '< think >0.1</ think >0.9'],
    ['tags that were escaped', '&lt;think&gt;0.1&lt;/think&gt;0.9'],
    ['an orphan closing tag', 'I guess 0.1</think>0.9'],
    ['two blocks', '<think>0.1</think><reasoning>0.2</reasoning>0.9'],
    ['nested tags', '<think>a <think>0.1</think> b</think>0.9'],
    ['tags in brackets', '[THINK]0.1[/THINK]0.9'],
    ['tags of Kimi', '◁think▷0.1◁/think▷0.9'],
    ['tags of Seed', '<seed:think>0.1</seed:think>0.9'],
    ['tokens of thoughts', '<|begin_of_thought|>0.1<|end_of_thought|><|begin_of_solution|>0.9<|end_of_solution|>'],
    ['tokens of Command', '<|START_THINKING|>0.1<|END_THINKING|><|START_RESPONSE|>0.9<|END_RESPONSE|>'],
    ['tokens in full width', '<｜begin▁of▁thinking｜>0.1<｜end▁of▁thinking｜>0.9'],
    ['channels of Gemma', '<|channel>thought 0.1<channel|>0.9'],
    [
      'harmony channels',
      '<|channel|>analysis<|message|>0.1<|end|><|start|>assistant<|channel|>final<|message|>0.9<|return|>',
    ],
    ['a constrained channel', '<|channel|>final <|constrain|>json<|message|>0.9'],
    ['harmony without its tokens', 'analysisThey like it: 0.1assistantfinal0.9'],
    ['a pair that nobody knows', '<mull>0.1</mull>0.9'],
    ['answer tags', 'I weigh 0.1. <answer>0.9</answer>'],
    ['layout', '<p><b>0.9</b></p>'],
    ['the start of a turn', '<|im_start|>assistant\n0.9<|im_end|>\n<|im_start|>user\n0.1'],
    ['the end of a turn', '0.9</s> 0.1'],
  ])('is left over from %s', (_, reply) => {
    expect(spoken(reply)).toBe('0.9');
    expect(spokenIn(reply).shortened).toBe(true);
  });

  it.each([
    '<think>0.1',
    '<think>a <think> b</think>0.1',
    'analysisThe form has 0.1',
    '<|channel|>analysis<|message|>0.1<|end|>',
    '<mull>0.1</mull>',
    '0.1</think>',
  ])('is nothing in %j', (reply) => expect(spoken(reply)).toBe(''));
});
