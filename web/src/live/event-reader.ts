/** A server-sent event. */
export interface ServerEvent {
  type: string;
  data: string;
}

/**
 * Read a stream of server-sent events, piece by piece (HTML standard, 9.2).
 * @param onId gets each id, by which the stream can be taken up again
 * @returns a function that takes text as it comes and returns the events that are complete with it
 */
export function createEventReader(onId: (id: string) => void): (text: string) => ServerEvent[] {
  let rest = '';
  let type = '';
  let data: string[] = [];

  const takeLine = (line: string): ServerEvent[] => {
    if (line === '') {
      const event = data.length > 0 ? [{ type: type || 'message', data: data.join('\n') }] : [];
      [type, data] = ['', []];
      return event;
    }
    const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') type = value;
    else if (field === 'data') data.push(value);
    else if (field === 'id') onId(value);
    return [];
  };

  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    return lines.flatMap(takeLine);
  };
}
