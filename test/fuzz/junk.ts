import fc from 'fast-check';

/** Texts that programs stumble over. */
const hostile = [
  '',
  ' ',
  '\u0000',
  '..',
  '../../etc/passwd',
  '%2e%2e%2f',
  '%',
  '%zz',
  '%00',
  "' OR 1=1--",
  '${7*7}',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '-1',
  '0',
  '1e999',
  '9007199254740993',
  '99999999999999999999',
  '\ud800',
  '\u202e',
  '\u001b[2J',
  'é'.normalize('NFD'),
  '😀',
];

/** Any text: hostile, random, or long. */
export const junk = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...hostile) },
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 3, arbitrary: fc.string({ maxLength: 60 }) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 5000 }).map((length) => 'x'.repeat(length)) },
);

/** A text of characters that a header may hold. */
export const headerJunk = junk.map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?').trim());

export const uuid = fc.uuid();

/** A text that was right, and has been changed in a place or two. */
export const damaged = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(text, fc.nat(), fc.nat({ max: 4 }), fc.string({ unit: 'binary', maxLength: 4 }))
    .map(([whole, place, cut, put]) => {
      const at = whole.length === 0 ? 0 : place % whole.length;
      return whole.slice(0, at) + put + whole.slice(at + cut);
    });

/** Any JSON, also what JavaScript has trouble with. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 2, arbitrary: junk },
  { weight: 1, arbitrary: fc.constantFrom(null, true, -0, 1e308, [], {}, [[[[]]]]) },
);
