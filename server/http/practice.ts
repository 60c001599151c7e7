import { FlowError } from '../../shared/errors.ts';
import { parseAddress } from '../../shared/mail-address.ts';
import type { PracticeMailbox } from '../ports/practice.ts';
import type { HttpParts } from './parts.ts';
import { presentPractice } from './present.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

const credentialName = 'practice-mailbox';

export function practiceRoutes({
  practice,
  credentials,
}: HttpParts): Pick<Handlers, 'getPractice' | 'preparePractice' | 'sendPracticeMail'> {
  function available(): PracticeMailbox {
    if (!practice) throw new FlowError('PRACTICE_UNAVAILABLE', {});
    return practice;
  }

  return {
    getPractice: async () => presentPractice(practice, credentialName),

    async preparePractice({ request }) {
      const { address, user, password } = available();
      const host = parseAddress(address, 143)?.host ?? address;
      const secret = { description: 'Signs in to the practice mailbox', user, password, allowedHosts: [host] };
      const by = nameOf(visitorOf(request));
      const saved = await credentials.save(credentialName, secret, by);
      if (!saved) await credentials.create({ name: credentialName, ...secret }, by);
      return presentPractice(practice, credentialName);
    },

    async sendPracticeMail({ body }) {
      await available().send(body);
      return presentPractice(practice, credentialName);
    },
  };
}
