import type { ProblemCode } from '../../../../lib/errors.ts';
import type { FailureCode } from '../../../../lib/failures.ts';

/** What happened, and what to do, by the code of the problem. `offline` is the page's own. */
export const problems: Record<ProblemCode | 'offline', string> & Record<string, string> = {
  offline: 'The server can’t be reached. Check your connection, then try again.',
  bad_request: 'The server could not read what the page sent. Load the page again, then try once more.',
  unauthorized: 'You are not logged in any more. Please log in again.',
  invalid_credentials: 'The e-mail address or the password is wrong. Check both and try again.',
  invalid_token: 'Your session has ended. Please log in again.',
  second_factor_required: 'This account needs a second step. Enter the code from your authenticator app.',
  invalid_code: 'This code is not right, or too old. Enter the one that your app shows now.',
  account_disabled: 'This account is closed. Ask whoever runs this system.',
  forbidden:
    'This is not allowed for your account. Log in with another one, or ask whoever runs this system.',
  forbidden_target:
    'This address lies in a private network. Enter one that can be reached from the internet.',
  too_many_webhooks: 'You have as many webhooks as one person may have. Remove one first.',
  not_found: 'This is not here any more. Go back to your videos.',
  method_not_allowed: 'The server does not know this action. Load the page again, then try once more.',
  upload_timeout: 'Nothing arrived for too long. Check your connection, then go on with the upload.',
  email_taken: 'This e-mail address has an account already. Log in, or use another address.',
  invalid_state: 'This is not possible as things are now. Look at the present state, then decide.',
  not_ready: 'The frames are not ready yet. Wait until the video is, then try again.',
  upload_offset_mismatch:
    'The upload continues at another point. Go on with it, and the page finds the point.',
  expired: 'This is no longer kept. Ask for it once more.',
  precondition_failed: 'This has changed meanwhile. Load the page again, then try once more.',
  tus_version: 'The page is older than the server. Load the page again.',
  too_large: 'The file is larger than the limit. Choose a smaller or a shorter one.',
  unsupported_media:
    'This is not a video file that we take. Choose an MP4, MOV, MKV, WebM, AVI or MPEG file.',
  range_not_satisfiable: 'The part asked for lies outside the file. Start the download again.',
  validation_failed: 'Something in the form is not right. Correct it, then try again.',
  invalid_recipe: 'These frames can’t be extracted. Check the choice, above all the times.',
  idempotency_mismatch: 'This was begun for another file. Choose the file again.',
  upload_locked: 'The upload is being written to elsewhere, maybe in another tab. Wait a moment, then go on.',
  too_many_requests: 'That was too often. Wait a little, then try again.',
  quota_exceeded: 'Your quota is used up. Delete videos that you don’t need, or come back tomorrow.',
  checksum_mismatch: 'The file arrived damaged. Please upload it again.',
  internal_error: 'Something went wrong on our side. Try again; if it stays so, try later.',
  not_supported: 'This is not available here. Choose another way.',
  overloaded: 'There is a lot to do right now. Nothing is lost; wait a moment, then try again.',
  unavailable: 'The service is not available right now. Nothing is lost; try again in a minute.',
};

/** Why an extraction failed, and what to do. */
export const failures: Record<FailureCode, string> & Record<string, string> = {
  empty_file: 'The file is empty. Upload it again from the original.',
  not_a_video: 'The file is not a video that we can read. Check that it plays, then upload it again.',
  corrupt_video: 'The file is damaged or incomplete. Please upload it again from the original.',
  no_video_stream: 'The file has no picture: it contains only sound or other tracks. Choose another file.',
  no_frames:
    'No frame could be read, or none lies in the chosen range. Choose another range, or check the file.',
  too_long: 'The video is longer than the limit. Cut it into shorter parts, and upload those.',
  too_many_pixels: 'The picture is larger than the limit. Upload the video in a smaller size.',
  too_many_frames: 'That would be more frames than the limit. Choose a longer interval or fewer frames.',
  processing_timeout: 'Extracting took longer than the limit. Choose fewer frames, or a part of the video.',
  attempts_exhausted: 'We tried several times and could not finish. Please try again later.',
};

/** What is right for a field, by its path or by its path and the fault's code. */
export const fields: Record<string, string> = {
  email: 'Enter a whole e-mail address, as name@example.com.',
  password: 'Use 10 to 200 characters that are hard to guess.',
  'password:too_short': 'Use at least 10 characters.',
  'password:too_long': 'That is too long. Use at most 200 characters.',
  'password:too_common': 'This password is among the first that attackers try. Choose another one.',
  'password:like_email': 'This is too much like your e-mail address or name. Choose something else.',
  newPassword: 'Use 10 to 200 characters that are hard to guess.',
  'newPassword:too_short': 'Use at least 10 characters.',
  'newPassword:too_long': 'That is too long. Use at most 200 characters.',
  'newPassword:too_common': 'This password is among the first that attackers try. Choose another one.',
  'newPassword:like_email': 'This is too much like your e-mail address or name. Choose something else.',
  'password:wrong': 'This password is not right. Type it again.',
  'currentPassword:wrong': 'This password is not right. Type it again.',
  'code:wrong': 'This code is not right, or too old. Enter the one that your app shows now.',
  name: 'Use at most 100 letters, without line breaks.',
  code: 'Enter the six digits of the code.',
  'url:forbidden': 'This address lies in a private network. Enter one that can be reached from the internet.',
  url: 'Enter a whole address that begins with https://.',
  'select.seconds': 'Enter a number of seconds of at least 0.001, with at most three decimals.',
  'select.count': 'Enter a whole number from 1 to 1,000,000.',
  'select.times': 'Enter at least one time, as 0:05 or 95.5, with blanks between.',
  'select.threshold': 'Choose a value between 0 and 1.',
  quality: 'Enter a whole number from 1 to 100.',
  maxWidth: 'Enter a whole number from 16 to 16,384.',
  maxHeight: 'Enter a whole number from 16 to 16,384.',
  start: 'Enter a number of seconds, 0 or more.',
  end: 'The end must lie after the start.',
};
