import { z } from 'zod';
import { message } from './message.ts';
import { videoFailed } from './video-failed.ts';
import { videoProcessed } from './video-processed.ts';

/** Every template there is, by name. */
export const templates = {
  'video.processed': videoProcessed,
  'video.processed_with_warnings': videoProcessed,
  'video.failed': videoFailed,
  message,
};

type TemplateName = keyof typeof templates;

/** Whether there is a template of this name. */
export const isTemplate = (name: string): name is TemplateName => Object.hasOwn(templates, name);

const request = <Name extends TemplateName>(name: Name) =>
  z.strictObject({
    to: z.email({ pattern: z.regexes.html5Email }).max(254),
    template: z.literal(name),
    data: templates[name].schema,
  });

/** What `notify.send` takes: a recipient, a template's name and what that template needs. */
export const notificationRequest = z.discriminatedUnion('template', [
  request('video.processed'),
  request('video.failed'),
  request('message'),
]);

export type NotificationRequest = z.output<typeof notificationRequest>;
