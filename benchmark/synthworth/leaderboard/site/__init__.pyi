from .build import Inputs as Inputs
from .html import renderer as renderer
