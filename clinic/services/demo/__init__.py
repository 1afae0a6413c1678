"""Fill a demo clinic with synthetic people whose stories go on with every day it is started."""
