// ClioSimulator
