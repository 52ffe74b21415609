/** @typedef {string | { one: string, other: string }} Text a plural text has one form for 1 and one for the rest */

/** @satisfies {Record<string, Text>} */
export const en = {
  title: 'Video frames',
  promise: 'Upload a video, get its frames back as one ZIP.',
  language: 'Language',
  tryAgain: 'Try again',

  accountChoice: 'Log in or create an account',
  logIn: 'Log in',
  logOut: 'Log out',
  register: 'Create an account',
  name: 'Name (optional)',
  email: 'E-mail address',
  password: 'Password',
  passwordHint: 'At least 10 characters',
  sessionEnded: 'Your session has ended. Please log in again.',

  uploadTitle: 'Upload videos',
  recipeSelect: 'Which frames',
  byInterval: 'One every so many seconds',
  byCount: 'A fixed number',
  seconds: 'Seconds between frames',
  count: 'Number of frames',
  format: 'Format',
  chooseFiles: 'Choose videos',
  orDrop: 'or drop them here',
  uploads: 'Uploads',
  uploadWaiting: 'Waits for its turn',
  uploading: 'Uploading, {percent}%',
  storing: 'Being stored',
  uploadStopped: 'Not uploaded',

  videosTitle: 'Your videos',
  noVideos: 'Nothing here yet. Upload your first video.',
  loadMore: 'Load more',
  queued: 'Waiting',
  queuedAt: 'Waiting, place {place}',
  processing: 'Extracting, {percent}%',
  completed: 'Ready',
  failed: 'Failed',
  canceled: 'Canceled',
  expired: 'Expired',
  statusNews: '{filename}: {status}',
  extracting: 'Extracting the frames',
  frames: { one: '{count} frame', other: '{count} frames' },
  zipSize: '{size} ZIP',
  everySeconds: {
    one: 'one frame each second, {format}',
    other: 'one frame every {count} seconds, {format}',
  },
  fixedCount: { one: '{count} frame, {format}', other: '{count} frames, {format}' },

  download: 'Download',
  downloading: 'Downloading, {percent}%',
  cancel: 'Cancel',
  retry: 'Try again',
  delete: 'Delete',
  keep: 'Keep it',
  confirmDelete: 'Delete “{filename}” and its frames?',
  deleted: '{filename} was deleted',
  actionOn: '{action}: {filename}',

  offline: 'The server cannot be reached. Check your connection and try again.',
  retryAfter: { one: 'Try again in one second.', other: 'Try again in {count} seconds.' },
  unknownProblem: 'Something went wrong. Please try again.',
};

/** Field problems by the field; the server's own words are for programs. */
/** @type {Record<string, string>} */
export const fieldProblems = {
  email: 'Enter a whole e-mail address, as name@example.com.',
  password: 'Use 10 to 200 characters.',
  name: 'Use at most 100 letters, without line breaks.',
  'select.seconds': 'Enter a number of seconds of at least 0.001, with at most three decimals.',
  'select.count': 'Enter a whole number from 1 to 1,000,000.',
};

/** In English the server's sentences are shown as they are. */
/** @type {Record<string, string>} */
export const problemSentences = {};

/** @type {Record<string, string>} */
export const failureSentences = {};
