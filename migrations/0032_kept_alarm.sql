SET LOCAL lock_timeout = '5s';

-- What was read of a message whose system nobody knew: received after all, it says the same as on the day it came.
ALTER TABLE kept_message ADD COLUMN alarm jsonb;
