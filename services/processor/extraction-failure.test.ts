import { expect, test } from '@jest/globals';
import { failureFromMessages } from './extraction-failure.ts';

/** What ffmpeg has said of real and of damaged files, and of a machine that lacks something. */
test.each([
  [
    'a packet larger than any, found by fuzzing',
    [
      '[mov,mp4,m4a,3gp,3g2,mj2 @ 0x5578d5d82680] Could not find codec parameters for stream 0 (Video: h264 (avc1)): unspecified pixel format',
      "Consider increasing the value for the 'analyzeduration' (0) and 'probesize' (5000000) options",
      'file:/tmp/a folder/object: Cannot allocate memory',
    ],
    { code: 'corrupt_video', retryable: false },
  ],
  [
    'an index larger than any',
    ['[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55b2] error reading header', 'file:/tmp/object: Cannot allocate memory'],
    { code: 'corrupt_video', retryable: false },
  ],
  [
    'a machine without memory for a decoder',
    ['[h264 @ 0x55b2] get_buffer() failed', 'Error while decoding stream #0:0: Cannot allocate memory'],
    { retryable: true },
  ],
  ['a file that has gone', ['file:/tmp/object: No such file or directory'], { retryable: true }],
  ['a sandbox that does not start', ['bwrap: setting up uid map: Permission denied'], { retryable: true }],
  ['words that mean nothing to us', ['x'], { code: 'no_frames', retryable: false }],
])('%s', (_what, lines, expected) => {
  expect(failureFromMessages(lines.join('\n'), 'no_frames')).toMatchObject(expected);
});
