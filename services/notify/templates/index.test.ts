import { describe, expect, test } from '@jest/globals';
import { failures } from '../../../lib/failures.ts';
import { notificationRequest, templates } from './index.ts';

const videoId = '0b8f8f0e-6a3c-4b57-9d3c-0d7f6a1c2b3d';
const page = `https://frames.example.com/#/video/${videoId}`;
const reader = { name: 'Ana', locale: 'en' as 'en' | 'pt-BR' };
const setting = { reader, publicUrl: 'https://frames.example.com' };
const inPortuguese = { ...setting, reader: { ...reader, locale: 'pt-BR' as const } };
const processed = {
  videoId,
  filename: 'holiday.mp4',
  frameCount: 1234,
  archiveSize: 12_345_678,
  warnings: [] as string[],
};
const failed = { videoId, filename: 'holiday.mp4', code: 'no_video_stream' };

describe('video.processed', () => {
  const { render } = templates['video.processed'];

  test('in English: the file, the frames, the size and the link', () => {
    const { subject, text, html } = render(processed, setting);
    expect(subject).toBe('Your frames are ready: holiday.mp4');
    expect(text).toContain('Hello, Ana.');
    expect(text).toContain('File: holiday.mp4\nFrames: 1,234\nArchive (ZIP): 12.3 MB');
    expect(text).toContain(`\n${page}\n`);
    for (const part of ['Hello, Ana.', 'holiday.mp4', '1,234', '12.3 MB', `href="${page}"`, 'lang="en"']) {
      expect(html).toContain(part);
    }
  });

  test('in Brazilian Portuguese', () => {
    const { subject, text, html } = render(processed, inPortuguese);
    expect(subject).toBe('Seus quadros estão prontos: holiday.mp4');
    expect(text).toContain('Olá, Ana.');
    expect(text).toMatch(/Quadros: 1\.234\nPacote \(ZIP\): 12,3\sMB/);
    expect(html).toContain('lang="pt-BR"');
  });

  test('the payload’s language comes before the reader’s', () => {
    expect(render({ ...processed, locale: 'pt-BR' }, setting).subject).toMatch(/^Seus quadros/);
  });

  test('nobody’s name is needed', () => {
    expect(render(processed, { ...setting, reader: { ...reader, name: null } }).text).toMatch(/^Hello\.\n/);
  });

  test('warnings are told when there are any', () => {
    const warned = render({ ...processed, warnings: ['The end of the file is missing', 'b'] }, setting);
    expect(warned.text).toContain('Please note:\n- The end of the file is missing\n- b');
    expect(warned.html).toContain('<li dir="auto">The end of the file is missing</li>');
    expect(render(processed, setting).text).not.toContain('Please note');
  });
});

describe('video.failed', () => {
  const { render } = templates['video.failed'];

  test.each(Object.entries(failures))('says why: %s', (code, sentences) => {
    expect(render({ ...failed, code }, setting).text).toContain(sentences.en);
    expect(render({ ...failed, code }, inPortuguese).text).toContain(sentences['pt-BR']);
  });

  test('names the file, says what to do next and where', () => {
    const { subject, text, html } = render(failed, setting);
    expect(subject).toBe('No frames from your video: holiday.mp4');
    expect(text).toContain('you can try again');
    expect(text).toContain(page);
    expect(html).toContain(`href="${page}"`);
    expect(render(failed, inPortuguese).subject).toBe('Nenhum quadro do seu vídeo: holiday.mp4');
  });

  test('a code of a later version still makes a letter', () => {
    expect(render({ ...failed, code: 'unheard_of' }, setting).text).toContain(failures.attempts_exhausted.en);
  });
});

describe('message', () => {
  test('is the text itself, in paragraphs and lines', () => {
    const content = templates.message.render({ subject: 'News', text: 'One\ntwo\n\nthree' }, setting);
    expect(content).toMatchObject({ subject: 'News', text: 'One\ntwo\n\nthree\n' });
    expect(content.html).toMatch(/<p [^>]*>One<br>two<\/p>\n<p [^>]*>three<\/p>/);
  });
});

describe('hostile text', () => {
  const hostile = '"><script>alert(1)</script>\'&\r\nBcc: eve@example.com\u202e\u0000.mp4';
  const letters = [
    templates['video.processed'].render({ ...processed, filename: hostile, warnings: [hostile] }, setting),
    templates['video.failed'].render({ ...failed, filename: hostile }, setting),
    templates['video.failed'].render(failed, { ...setting, reader: { ...reader, name: hostile } }),
    templates.message.render({ subject: hostile, text: hostile }, setting),
  ];

  test.each(letters)('makes no markup: $subject', ({ html }) => {
    expect(html).not.toMatch(/<script/i);
    expect(html).toContain('&quot;&gt;&lt;script&gt;');
  });

  test.each(letters)('makes no second line of the subject: $subject', ({ subject, html }) => {
    expect(subject).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(html.match(/<title>.*<\/title>/g)).toHaveLength(1);
  });

  test('a filename takes one line of the text and leaves the subject short', () => {
    const { subject, text } = templates['video.failed'].render(
      { ...failed, filename: `a\n\n${'long '.repeat(1000)}.mp4` },
      setting,
    );
    expect(subject.length).toBeLessThan(100);
    expect(text).toMatch(/\n\nFile: a long .*…[^\n]*\.mp4\n\n/);
  });

  test.each(letters)('the HTML loads nothing from elsewhere: $subject', ({ html }) => {
    expect(html).not.toMatch(/\ssrc=|<link|@import|url\(/);
  });
});

describe('what notify.send takes', () => {
  const to = 'ana@example.com';
  const pathsOf = (input: unknown) =>
    notificationRequest.safeParse(input).error?.issues.map(({ path }) => path.join('.'));

  test.each([
    { to, template: 'message', data: { subject: 'Hi', text: 'Hi', locale: 'pt-BR' } },
    { to, template: 'video.processed', data: processed },
    { to, template: 'video.failed', data: failed },
  ])('$template with what it needs', (input) => {
    expect(notificationRequest.parse(input)).toEqual(input);
  });

  test.each([
    ['an unknown template', { to, template: 'newsletter', data: {} }, ['template']],
    ['no template', { to, data: {} }, ['template']],
    ['two recipients', { to: `${to},eve@example.com`, template: 'video.failed', data: failed }, ['to']],
    ['a header', { to: `${to}\r\nBcc: eve@example.com`, template: 'video.failed', data: failed }, ['to']],
    ['no data', { to, template: 'message' }, ['data']],
    [
      'empty data',
      { to, template: 'message', data: { subject: ' ', text: '\0' } },
      ['data.subject', 'data.text'],
    ],
    ['unknown data', { to, template: 'video.failed', data: { ...failed, colour: 'red' } }, ['data']],
    [
      'wrong data',
      { to, template: 'video.processed', data: { ...processed, frameCount: -1 } },
      ['data.frameCount'],
    ],
    [
      'an unknown locale',
      { to, template: 'video.failed', data: { ...failed, locale: 'xx' } },
      ['data.locale'],
    ],
    ['not even an object', 'hello', ['']],
  ])('%s is refused', (_name, input, paths) => {
    expect(pathsOf(input)).toEqual(paths);
  });
});
