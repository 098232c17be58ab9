from .build import Inputs as Inputs
