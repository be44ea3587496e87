"""Django's SMTP backend, which also tells who was refused while others were not."""

import email.policy
from typing import Any

from django.core.mail.backends.smtp import EmailBackend


class TellingBackend(EmailBackend):
    """Leaves on each message `refused`: by address, what the server answered. Django drops that without a word."""

    def _send(self, email_message: Any) -> bool:
        recipients = [self.prep_address(one) for one in email_message.recipients()]
        sender = self.prep_address(email_message.from_email)
        content = email_message.message(policy=email.policy.SMTP).as_bytes()
        connection: Any = self.connection  # which is open by now
        email_message.refused = connection.sendmail(sender, recipients, content)
        return True
